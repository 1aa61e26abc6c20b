public import Foundation

/// Values at the ends of what can be sent.
public struct Extremes: Codable, Hashable, Sendable {
    /// With emoji and combining characters.
    public var text: String
    /// The largest and smallest.
    public var integers: [Int64]
    /// Without sign.
    public var largest: UInt64
    /// Among them what is not a number.
    public var doubles: [Double]
    /// With a part of a second.
    public var date: Date
    /// All bytes.
    public var data: Data
    /// Nested.
    public var maybe: Int??
    /// Nested, nil inside.
    public var inner: Int??
    /// A thousand keys.
    public var table: [String: Int]
    /// Nothing.
    public var nothing: [String]

    /// All of that.
    public static let sample = Extremes(
        text: "👩‍👩‍👧‍👦 e\u{301} 日本", integers: [.min, -1, 0, 1, .max], largest: .max,
        doubles: [.infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi],
        date: Date(timeIntervalSince1970: 1_234_567_890.123_456), data: Data(0...255), maybe: 5, inner: .some(nil),
        table: Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("key \($0)", $0) }), nothing: [])

    /// None of it.
    public static let empty = Extremes(
        text: "", integers: [], largest: 0, doubles: [], date: Date(timeIntervalSinceReferenceDate: 0), data: Data(),
        maybe: nil, inner: nil, table: [:], nothing: [])
}
