import ActorCluster
import ActorClusterTesting
import Foundation
import Testing

@Suite("Messages: numbers, strings, arrays", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PrimitiveTests {
    static let edges: [Int] = [
        .min, -1 << 40, -129, -128, -33, -32, -1, 0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 31, 1 << 56, .max,
    ]

    @Test("integers of every width keep their value", arguments: edges)
    func integers(_ number: Int) {
        expectRoundTrip(number)
        expectRoundTrip([number])
        expectRoundTrip(Int8(truncatingIfNeeded: number))
        expectRoundTrip(Int16(truncatingIfNeeded: number))
        expectRoundTrip(Int32(truncatingIfNeeded: number))
        expectRoundTrip(Int64(number))
        expectRoundTrip(UInt(bitPattern: number))
        expectRoundTrip(UInt8(truncatingIfNeeded: number))
        expectRoundTrip(UInt16(truncatingIfNeeded: number))
        expectRoundTrip(UInt32(truncatingIfNeeded: number))
        expectRoundTrip(UInt64(bitPattern: Int64(number)))
        expectRoundTrip(Int128(number) * 3)
        expectRoundTrip(UInt128(UInt(bitPattern: number)) << 60)
    }

    @Test("every power of two and its neighbours survive")
    func powersOfTwo() {
        for shift in 0..<64 {
            let power = UInt64(1) << UInt64(shift)
            for neighbour: UInt64 in [power, power - 1, power + 1] {
                expectRoundTrip(neighbour)
                expectRoundTrip(Int64(bitPattern: neighbour))
                expectRoundTrip(~Int64(bitPattern: neighbour))
            }
        }
    }

    @Test("the 128-bit integers reach their ends, in all three kinds of container")
    func wideIntegers() {
        struct Wide: Codable, Equatable {
            var signed: Int128
            var unsigned: UInt128
            var optional: Int128?
            var list: [Int128]
            var wrapped: Wrapper<UInt128>
        }
        let wide = Wide(signed: .min, unsigned: .max, optional: .max, list: [1, -1, .min], wrapped: Wrapper(.max))
        expectRoundTrip(wide)
        expectRoundTrip([Int128?]([.max, nil]))
    }

    @Test("C-15: doubles are bit-equal: NaN with its payload, infinities, −0.0, the smallest")
    func doubles() throws {
        let doubles: [Double] = [
            .nan, .signalingNaN, Double(nan: 0x1234, signaling: false), .infinity, -.infinity, -0.0, 0.0,
            .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, 0.1,
        ]
        for double in doubles {
            #expect(try roundTrip(double).bitPattern == double.bitPattern)
            #expect(try roundTrip(Wrapper(double)).value.bitPattern == double.bitPattern)
        }
        #expect(try roundTrip(doubles).map(\.bitPattern) == doubles.map(\.bitPattern))
        let floats: [Float] = [.nan, .infinity, -0.0, .pi, .leastNonzeroMagnitude]
        #expect(try roundTrip(floats).map(\.bitPattern) == floats.map(\.bitPattern))
        #expect(try floats.map { try roundTrip($0).bitPattern } == floats.map(\.bitPattern))
        #if arch(arm64) || os(Linux)
        #expect(try roundTrip([Float16(1.5), -0.0]) == [1.5, -0.0])
        #endif
    }

    @Test("strings around every length bound, in any script", arguments: [0, 1, 31, 32, 63, 64, 255, 256, 70_000])
    func strings(_ length: Int) {
        for character in ["a", "é", "漢", "👩‍👩‍👧‍👦", "\u{0}"] {
            let string = String(repeating: character, count: length)
            expectRoundTrip(string)
            expectRoundTrip([string, string])
            expectRoundTrip([string: length])
            expectRoundTrip(Wrapper(string))
        }
    }

    @Test("text that is equal but composed differently keeps its code points")
    func composition() throws {
        let copy = try roundTrip("e\u{301}")
        #expect(Array(copy.unicodeScalars) == ["e", "\u{301}"])
    }

    @Test("arrays of numbers, empty and not")
    func arrays() {
        expectRoundTrip([UInt8]())
        expectRoundTrip([UInt8](repeating: 9, count: 70_000))
        expectRoundTrip([Int8]([.min, -1, 0, .max]))
        expectRoundTrip([Int16]([.min, .max]))
        expectRoundTrip([Int32]([.min, .max]))
        expectRoundTrip([Int64]([.min, .max]))
        expectRoundTrip([Int]([.min, .max]))
        expectRoundTrip([UInt16]([.min, .max]))
        expectRoundTrip([UInt32]([.min, .max]))
        expectRoundTrip([UInt64]([.min, .max]))
        expectRoundTrip([UInt]([.min, .max]))
        expectRoundTrip([Float]([1, -2.5]))
        expectRoundTrip([Double]())
        expectRoundTrip([Bool]([true, false]))
        expectRoundTrip([String]())
        expectRoundTrip([[Int]]([[], [1], [1, 2]]))
        expectRoundTrip([[String]]([["a"], []]))
        expectRoundTrip([[UInt8]]([[1], []]))
    }

    @Test("an array of numbers reads as elements of another width, if they fit")
    func otherElements() throws {
        #expect(try decoded([Int].self, from: encoded([Int32]([-1, 2]))) == [-1, 2])
        #expect(try decoded([UInt64].self, from: encoded([UInt8]([0, 255]))) == [0, 255])
        #expect(try decoded([Int128].self, from: encoded([Int]([.min, 5]))) == [Int128(Int.min), 5])
        #expect(try decoded([Wrapper<Int16>].self, from: encoded([Int]([1, -2]))) == [Wrapper(1), Wrapper(-2)])
        #expect(try decoded(Set<Int>.self, from: encoded([Int]([1, -2]))) == [1, -2])
        #expect(try decoded([Int?].self, from: encoded([Int]([1, -2]))) == [1, -2])
        let error = decodingError([UInt8].self, from: try encoded([Int]([1, 256])))
        #expect(error?.path == "Index 1")
        #expect(decodingError([String].self, from: try encoded([Int]([1])))?.isTypeMismatch == true)
        #expect(decodingError([[Int]].self, from: try encoded([Int]([1])))?.isTypeMismatch == true)
        #expect(decodingError([Double].self, from: try encoded([Int]([1])))?.isTypeMismatch == true)
    }

    @Test("an array that is longer than its length field can say is an error")
    func tooLong() {
        let length = Int(UInt32.max) + 1
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { _, count in count = length }
        #expect(throws: EncodingError.self) { try encoded(bytes) }
        #expect(throws: EncodingError.self) { try encoded(["a": Wrapper(bytes)]) }
    }

    @Test("an array that its type writes element by element reads like any other")
    func elementByElement() throws {
        struct Elements: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                for number in 0..<3 { try container.encode(number) }
                #expect(container.count == 3)
            }
        }
        #expect(try decoded([Int].self, from: encoded(Elements())) == [0, 1, 2])
        #expect(try decoded([UInt8].self, from: encoded(Elements())) == [0, 1, 2])
        #expect(try decoded(Data.self, from: encoded(Elements())) == Data([0, 1, 2]))
    }
}
