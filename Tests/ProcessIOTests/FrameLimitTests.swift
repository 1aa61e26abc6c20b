import ActorClusterTesting
import ProcessIO
import Testing

@Suite("FrameDecoder against bytes that no correct peer sends", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct FrameLimitTests {
    private let limit = 300

    private func decode(_ bytes: [UInt8]) throws -> [[UInt8]] {
        var decoder = FrameDecoder(limit: limit)
        return try decoder.frames(in: bytes)
    }

    @Test("D3: a frame of the limit is accepted, whole and in slices")
    func atTheLimit() throws {
        let frame = FrameStream.frame(limit, 5)
        #expect(try decode(FrameStream.piece(frame)) == [frame])
        #expect(try decode(FrameStream.sliced(frame, sizes: [limit])) == [frame])
        #expect(try decode(FrameStream.sliced(frame, sizes: [1, limit - 1])) == [frame])
        #expect(try decode(FrameStream.sliced(frame, sizes: [limit - 1, 1])) == [frame])
    }

    @Test(
        "D3: a longer frame is refused after its header, before a byte of its body",
        arguments: [301, 302, 304, 305, 1 << 16, (1 << 30) - 1] as [UInt32])
    func aboveTheLimit(length: UInt32) {
        let error = FrameError.tooLong(declared: Int(length), limit: limit)
        #expect(throws: error) { try decode(FrameStream.word(length)) }
    }

    @Test("D3: a longer frame in slices is refused after its two words", arguments: [301, 1 << 30, UInt32.max])
    func aboveTheLimitInSlices(length: UInt32) {
        let words = FrameStream.word(FrameLayout.firstSlice | 104) + FrameStream.word(length)
        for step in 1...8 {
            var decoder = FrameDecoder(limit: limit)
            #expect(throws: FrameError.tooLong(declared: Int(length), limit: limit)) {
                try decoder.frames(in: words, steps: [step])
            }
            #expect(decoder.bufferedBytes <= 8)
        }
    }

    @Test("D3: a long frame that is only declared gets no more memory than twice what came, and room for one read")
    func declared() throws {
        let limit = 64 << 20
        let slice = FrameStream.piece(
            FrameStream.word(UInt32(limit)) + [1], mark: FrameLayout.firstSlice)
        var (decoder, come) = (FrameDecoder(limit: limit), slice.count)
        _ = try decoder.frames(in: slice)
        for size in [1, 100, 70_000, 1 << 20, 3 << 20] {
            _ = try decoder.frames(in: FrameStream.word(UInt32(size) | FrameLayout.laterSlice))
            for step in [size / 3, size - size / 3] {
                var left = step
                while left > 0 {
                    try decoder.fillSlice { place in
                        let count = min(place.count, left)
                        place.prefix(count).initializeMemory(as: UInt8.self, repeating: 1)
                        left -= count
                        return count
                    } onFrame: { _ in
                    }
                }
                come += step
                #expect(decoder.bufferedBytes <= come)
                #expect(decoder.reservedBytes <= max(2 * come, come + FrameLayout.sliceSize) + 64)
            }
        }
    }

    @Test("the memory of a peer's longest frame is there at once for the next one, and never more than is declared")
    func longestFrame() throws {
        var decoder = FrameDecoder(limit: 1 << 20)
        let frame = FrameStream.frame(300_000, 1)
        #expect(try decoder.frames(in: FrameStream.sliced(frame, sizes: [65_536, 234_464])) == [frame])
        #expect(decoder.reservedBytes == 0)
        for (declared, expected) in [(200_000, 200_000), (1_000_000, 300_000)] {
            let word = FrameStream.word(UInt32(declared))
            var decoder = decoder
            _ = try decoder.frames(in: FrameStream.piece(word + [1], mark: FrameLayout.firstSlice))
            #expect((expected...expected + 8_192).contains(decoder.reservedBytes))
        }
    }

    @Test("D3: no word from limit + 1 to 2^32 − 1 is accepted as a header")
    func allHeaders() {
        var generator = SeededGenerator(seed: 3)
        for round in 0..<20_000 {
            let word = round < 64 ? UInt32(305 + round) : UInt32.random(in: 305...(.max), using: &generator)
            let length = Int(word & FrameLayout.lengthMask)
            guard length > limit + 4 || word >> 30 == 3 else { continue }
            let why: FrameError =
                length > limit + 4
                ? .tooLong(declared: length, limit: limit) : length == 0 ? .empty : .brokenSlices
            do {
                _ = try decode(FrameStream.word(word))
                Issue.record("accepted \(word)")
            } catch {
                if error as? FrameError != why { Issue.record("\(word): \(error)") }
            }
        }
    }

    @Test("an empty piece, whole or as a slice, is refused")
    func empty() {
        for mark in [0, FrameLayout.firstSlice, FrameLayout.laterSlice] {
            #expect(throws: FrameError.empty) { try decode(FrameStream.word(mark)) }
        }
    }

    @Test("slices that do not fit together are refused")
    func brokenSlices() {
        let first = { (whole: UInt32, slice: Int) in
            FrameStream.piece(FrameStream.word(whole) + FrameStream.frame(slice, 1), mark: FrameLayout.firstSlice)
        }
        let later = { FrameStream.piece(FrameStream.frame($0, 1), mark: FrameLayout.laterSlice) }
        let both = FrameLayout.firstSlice | FrameLayout.laterSlice
        for (name, bytes) in [
            ("a later slice without a first", later(5)),
            ("a second first slice", first(100, 10) + first(100, 10)),
            ("both marks", FrameStream.piece([1, 2, 3, 4, 5], mark: both)),
            ("a first slice longer than the whole", first(10, 11)),
            ("later slices longer than the whole", first(10, 5) + later(6)),
            ("a first slice without a byte of the frame", first(10, 0)),
            ("a whole length of nothing", first(0, 1)),
            ("a slice after the last", first(10, 5) + later(5) + later(1)),
        ] {
            #expect(throws: FrameError.brokenSlices, "\(name)") { try decode(bytes) }
        }
    }

    @Test("D2: 64 KiB of random bytes are an error or an incomplete frame, and what is kept never exceeds what came")
    func randomBytes() {
        for seed in 1...UInt64(TestLength.rounds(1_000, long: 5_000)) {
            var generator = SeededGenerator(seed: seed)
            let bytes = FrameStream.random(64 << 10, &generator)
            feed(bytes, limit: 1 << 20, &generator, "seed \(seed)")
        }
    }

    @Test("D2: random bytes behind headers that could be right are no different")
    func plausibleBytes() {
        let marks: [UInt32] = [0, 0, FrameLayout.firstSlice, FrameLayout.laterSlice]
        for seed in 1...UInt64(TestLength.rounds(1_000, long: 5_000)) {
            var generator = SeededGenerator(seed: seed)
            var bytes: [UInt8] = []
            while bytes.count < 4 << 10 {
                let mark = marks[Int.random(in: marks.indices, using: &generator)]
                let length = UInt32.random(in: 1...200, using: &generator)
                bytes += FrameStream.word(length | mark)
                if mark == FrameLayout.firstSlice {
                    bytes += FrameStream.word(UInt32.random(in: length...400, using: &generator))
                }
                let isShort = Int.random(in: 0..<20, using: &generator) == 0
                bytes += FrameStream.random(Int(length) - (isShort ? 1 : 0), &generator)
            }
            feed(bytes, limit: limit, &generator, "seed \(seed)")
        }
    }

    private func feed(_ bytes: [UInt8], limit: Int, _ generator: inout SeededGenerator, _ comment: Comment) {
        var (decoder, start, delivered) = (FrameDecoder(limit: limit), 0, 0)
        do {
            while start < bytes.count {
                let step = min(Int.random(in: 1...8_192, using: &generator), bytes.count - start)
                let chunk = Array(bytes[start..<(start + step)])
                delivered += try decoder.frames(in: chunk).reduce(0) { $0 + $1.count }
                start += step
                if decoder.bufferedBytes + delivered > start { Issue.record("more than came: \(comment)") }
            }
        } catch {
            #expect(error is FrameError, comment)
        }
    }
}
