import ProcessIO

/// How long many things took, in bounded memory: each is known to within 6 %.
///
/// Sixteen buckets of equal width for each doubling, as in Gil Tene's HdrHistogram, from 1 µs to about 4 minutes;
/// what is shorter or longer counts in the first or the last.
public struct LatencyHistogram: Hashable, Sendable {
    private static let steps = 16
    /// 2^10 ns.
    private static let lowest = 10
    private static let doublings = 28

    /// Empty as long as nothing is in it.
    private var counts: [UInt64] = []
    /// How many there are.
    public private(set) var count: UInt64 = 0
    private var nanoseconds: UInt64 = 0

    /// Empty.
    package init() {}

    /// The average; zero if there are none.
    public var mean: Duration { count == 0 ? .zero : .nanoseconds(Int64(clamping: nanoseconds / count)) }
    /// Half took no longer.
    public var p50: Duration { percentile(50) }
    /// 99 in 100 took no longer.
    public var p99: Duration { percentile(99) }
    /// 999 in 1,000 took no longer.
    public var p999: Duration { percentile(99.9) }

    /// So many in a hundred took no longer than this: the upper end of their bucket. Zero if there are none.
    public func percentile(_ share: Double) -> Duration {
        let rank = max(1, (Double(count) * min(max(share, 0), 100) / 100).rounded(.up))
        var passed: UInt64 = 0
        for (bucket, number) in counts.enumerated() where number > 0 {
            passed &+= number
            if Double(passed) >= rank { return .nanoseconds(Int64(clamping: Self.end(of: bucket))) }
        }
        return .zero
    }

    package mutating func add(_ duration: Duration) { add(nanoseconds: duration.wholeNanoseconds) }

    /// Less than nothing counts as nothing.
    mutating func add(nanoseconds duration: Int64) {
        let time = UInt64(max(0, duration))
        if counts.isEmpty { counts = [UInt64](repeating: 0, count: Self.steps * Self.doublings + 1) }
        counts[Self.bucket(of: time)] &+= 1
        count &+= 1
        nanoseconds &+= time
    }

    package mutating func add(_ other: LatencyHistogram) {
        guard !other.counts.isEmpty else { return }
        if counts.isEmpty {
            counts = other.counts
        } else {
            for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        }
        count &+= other.count
        nanoseconds &+= other.nanoseconds
    }

    /// The first one has all below 2^10 ns.
    private static func bucket(of time: UInt64) -> Int {
        let doubling = 63 - (time | 1).leadingZeroBitCount
        guard doubling >= lowest else { return 0 }
        let step = Int(time >> UInt64(doubling - 4)) & (steps - 1)
        return min(1 + (doubling - lowest) * steps + step, steps * doublings)
    }

    private static func end(of bucket: Int) -> UInt64 {
        guard bucket > 0 else { return 1 << UInt64(lowest) }
        let (doubling, step) = ((bucket - 1) / steps + lowest, (bucket - 1) % steps)
        return UInt64(steps + step + 1) << UInt64(doubling - 4)
    }
}

extension LatencyHistogram: Codable {
    /// Numbers of filled buckets and what is in them.
    private enum Key: String, CodingKey {
        case buckets, counts, nanoseconds
    }

    /// Throws `DecodingError` for buckets that do not exist.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let buckets = try container.decode([Int].self, forKey: .buckets)
        let numbers = try container.decode([UInt64].self, forKey: .counts)
        nanoseconds = try container.decode(UInt64.self, forKey: .nanoseconds)
        guard buckets.count == numbers.count, buckets.allSatisfy((0...Self.steps * Self.doublings).contains) else {
            throw DecodingError.dataCorruptedError(forKey: .buckets, in: container, debugDescription: "no such bucket")
        }
        if !buckets.isEmpty { counts = [UInt64](repeating: 0, count: Self.steps * Self.doublings + 1) }
        for (bucket, number) in zip(buckets, numbers) {
            counts[bucket] = number
            count = count &+ number
        }
    }

    /// Only the buckets with something in them.
    public func encode(to encoder: any Encoder) throws {
        let filled = counts.indices.filter { counts[$0] > 0 }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(filled, forKey: .buckets)
        try container.encode(filled.map { counts[$0] }, forKey: .counts)
        try container.encode(nanoseconds, forKey: .nanoseconds)
    }
}
