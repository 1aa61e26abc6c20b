import ActorCluster
import ActorClusterTesting
import Testing

@Suite("lines of output", .computing)
struct LineSplitterTests {
    /// What comes out when the text arrives in chunks of this size.
    private func lines(_ bytes: [UInt8], limit: Int = 1_000, chunk: Int = .max) -> [String] {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            rest.prefix(chunk).withUnsafeBytes { splitter.receive($0) { lines.append($0) } }
            rest = rest.dropFirst(chunk)
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    @Test(
        "L-06: lines end at their line feeds, the last one at the end; empty lines are lines",
        arguments: [1, 2, 3, 100])
    func splits(chunk: Int) {
        #expect(lines(Array("one\n\ntwo é\r\nthree".utf8), chunk: chunk) == ["one", "", "two é\r", "three"])
        #expect(lines(Array("one\n".utf8), chunk: chunk) == ["one"])
        #expect(lines([], chunk: chunk) == [])
    }

    @Test("L-06: bytes that are not UTF-8 are repaired, and the lines around them untouched")
    func repairs() {
        #expect(lines([0x61, 0xFF, 0x62, 0x0A, 0xC3, 0x0A, 0x63]) == ["a\u{FFFD}b", "\u{FFFD}", "c"])
    }

    @Test(
        "L-06: a line of the limit is one line, a longer one comes in pieces that cut no character",
        arguments: [1, 5, 100])
    func cuts(chunk: Int) {
        #expect(lines(Array("1234567\n".utf8), limit: 7, chunk: chunk) == ["1234567"])
        #expect(lines(Array("12345678\n9".utf8), limit: 7, chunk: chunk) == ["1234567", "8", "9"])
        #expect(lines(Array("ééééé\nx".utf8), limit: 5, chunk: chunk) == ["éé", "éé", "é", "x"])
        #expect(lines([UInt8](repeating: 0x80, count: 9), limit: 5, chunk: chunk).count == 2)
    }

    @Test("L-06: whatever the chunks, the lines are those of the whole text, and none is longer than the bound")
    func anyChunks() {
        var random = SeededGenerator(seed: TestLength.seed)
        for _ in 0..<TestLength.rounds(300, long: 10_000) {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                [0x0A, 0x61, 0xC3, 0xA9, 0xFF, 0xF0].randomElement(using: &random) ?? 0 as UInt8
            }
            let limit = Int.random(in: 1...20, using: &random)
            let whole = lines(bytes, limit: limit)
            #expect(lines(bytes, limit: limit, chunk: .random(in: 1...9, using: &random)) == whole)
            // Each byte that is repaired takes three.
            #expect(whole.allSatisfy { $0.utf8.count <= 3 * limit })
        }
    }
}

@Suite("output that waits", .computing)
struct LineBufferTests {
    private func texts(_ buffer: inout LineBuffer) -> [String] {
        var texts: [String] = []
        while let line = buffer.next() { texts.append("\(line.text)\(line.isError ? "!" : "")-\(line.dropped)") }
        return texts
    }

    @Test("L-06: lines come out in the order they went in, with their stream")
    func order() {
        var buffer = LineBuffer()
        for number in 0..<4 { buffer.append("\(number)", isError: number == 2) }
        #expect(texts(&buffer) == ["0-0", "1-0", "2!-0", "3-0"])
        #expect(buffer.isEmpty)
    }

    @Test("above the bound of bytes, or of lines, the oldest lines are dropped, and the next one tells how many")
    func bounds() {
        var bytes = LineBuffer(mostBytes: 10, mostLines: 100)
        for number in 0..<7 { bytes.append("..\(number)", isError: false) }
        #expect(texts(&bytes) == ["..4-4", "..5-0", "..6-0"])
        bytes.append("1234567890", isError: true)
        #expect(texts(&bytes) == ["1234567890!-0"])

        var lines = LineBuffer(mostBytes: 100, mostLines: 3)
        for number in 0..<4 { lines.append("\(number)", isError: false) }
        let first = lines.next()
        #expect(first?.text == "1" && first?.dropped == 1)
        for number in 4..<7 { lines.append("\(number)", isError: false) }
        #expect(texts(&lines) == ["4-2", "5-0", "6-0"])
    }

    @Test("of any lines put in, in any turns, each comes out once and in order or is counted as dropped")
    func nothingIsLost() {
        var random = SeededGenerator(seed: TestLength.seed)
        var buffer = LineBuffer(mostBytes: 60, mostLines: 10)
        var (put, expected) = (0, 0)
        for _ in 0..<TestLength.rounds(20_000, long: 1_000_000) {
            if Int.random(in: 0..<5, using: &random) < 3 {
                buffer.append("\(put)", isError: false)
                put += 1
            } else if let line = buffer.next() {
                expected += line.dropped
                #expect(line.text == "\(expected)")
                expected += 1
            } else {
                #expect(expected == put)
            }
        }
        while let line = buffer.next() { expected += line.dropped + 1 }
        #expect(expected == put)
    }
}

@Suite("last words", .computing)
struct LastLinesTests {
    private func last(_ lines: [String], most: Int = 20) -> [String] {
        var last = LastLines(most: most)
        for line in lines { last.append(line) }
        return last.lines
    }

    @Test("the last 20 lines are kept, each cut at 1 KiB, and no empty ones")
    func suffix() {
        #expect(last((0..<50).map { "\($0)" }) == (30..<50).map { "\($0)" })
        #expect(last(["a", "", "  ", "b"]) == ["a", "b"])
        #expect(last([String(repeating: "é", count: 2_000)])[0].utf8.count == 1_024)
    }

    @Test("of the report that follows a crash the beginning is kept, with the runtime's own words before it")
    func crash() {
        let report =
            ["Fatal error: Index out of range", "", "*** Signal 4: Backtracing from 0x1... done ***", ""]
            + ["*** Program crashed ***"] + (0..<80).map { "frame \($0)" } + ["Registers:", "rax 0x0"]
        let kept = last((0..<50).map { "before \($0)" } + report)
        #expect(kept.count == 20)
        #expect(Array(kept.prefix(7)) == (46..<50).map { "before \($0)" } + report.filter { !$0.isEmpty }.prefix(3))
        #expect(kept.last == "frame 12")
    }

    @Test("of the runtime's own stack trace the beginning is kept too, until something else follows")
    func stackTrace() {
        let frames = (0..<40).map { "\($0)    libswiftCore.so  0x00007f25e1bb6e60 swift_job_run + 149" }
        let trace = (0..<9).map { "before \($0)" } + ["Fatal error: out of ink", "Current stack trace:"] + frames
        #expect(last(trace) == ["before 5", "before 6", "before 7", "before 8"] + Array(trace[9..<25]))
        #expect(last(trace + ["a", "b"], most: 2) == ["a", "b"])
    }

    @Test("a report of a crash that the process itself has survived is followed by its further words")
    func crashOfChild() {
        let report = ["*** Signal 4: Backtracing from 0x1... done ***", "frame", "Backtrace took 0.1s"]
        #expect(last(report + ["a", "b", "c"], most: 3) == ["a", "b", "c"])
    }
}
