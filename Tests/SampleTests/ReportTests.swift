import ActorCluster
import Foundation
import Terminal
import Testing

@testable import Inspect

/// What a run prints.
@Suite(.timeLimit(.minutes(1)))
struct ReportTests {
    private let facts = FileFacts(
        bytes: 1_200, lines: 30, words: 200, hash: 0xAB, kind: .text,
        frequentWords: [WordCount(word: "the", count: 9), WordCount(word: "of", count: 4)])

    private var report: Report {
        let rows = [
            Row(path: RawPath("b/bad"), outcome: .crashed(.signal(4))),
            Row(path: RawPath("c/"), outcome: .unreadable(reason: "Permission denied")),
            Row(path: RawPath("a.txt"), outcome: .ok(facts)),
        ]
        return Report(rows: rows, workers: 2, replaced: 1, elapsed: .milliseconds(1_057))
    }

    @Test("columns are aligned, rows are in order of their paths")
    func table() {
        let expected = """
            BYTES  LINES  WORDS  FNV-1A            KIND  STATUS                         FREQUENT WORDS  PATH
             1200     30    200  00000000000000ab  text  ok                             the, of         a.txt
                -      -      -  -                 -     crashed (signal 4)             -               b/bad
                -      -      -  -                 -     unreadable: Permission denied  -               c/
             1200     30    200                                                                         total
            """
        #expect(report.table.lines.joined(separator: "\n") == expected)
    }

    @Test("the summary says how many crashed and how often a worker was replaced")
    func summary() {
        #expect(report.summary == ["3 files: 1 ok, 1 crashed, 1 unreadable", "2 workers, replaced once; 1.05 s"])
        let empty = Report(rows: [], workers: 1, replaced: 0, elapsed: .seconds(61))
        #expect(empty.summary == ["0 files: 0 ok, 0 crashed, 0 unreadable", "1 worker, replaced 0 times; 61.00 s"])
    }

    @Test("the exit code is 1 as soon as one row is not ok")
    func exitCode() {
        let good = Row(path: RawPath("a"), outcome: .ok(facts))
        #expect(Report(rows: [good], workers: 1, replaced: 0, elapsed: .zero).exitCode == 0)
        #expect(report.exitCode == 1)
    }

    @Test("in JSON, what is not known is null")
    func json() throws {
        let expected = """
            {"files":[\
            {"bytes":1200,"frequentWords":[{"count":9,"word":"the"},{"count":4,"word":"of"}],\
            "hash":"00000000000000ab","kind":"text","lines":30,"path":"a.txt","status":"ok","words":200},\
            {"bytes":null,"error":"crashed (signal 4)","hash":null,"lines":null,"path":"b/bad","status":"crashed",\
            "words":null},\
            {"bytes":null,"error":"unreadable: Permission denied","hash":null,"lines":null,"path":"c/",\
            "status":"unreadable","words":null}],\
            "totals":{"bytes":1200,"crashed":1,"files":3,"lines":30,"ok":1,"unreadable":1,"words":200}}
            """
        #expect(try report.json() == expected)
    }

    @Test("a path that would break the line is shown escaped")
    func oddPaths() {
        #expect(RawPath("two\nlines\u{1B}[2J").line == #"two\nlines\u{1B}[2J"#)
        #expect(RawPath("é🙂").line == "é🙂")
        #expect(RawPath([0x61, 0xFF]).line == "a\u{FFFD}")
    }

    @Test("progress is drawn at most every 50 ms, and leaves the cursor in the first column")
    func progress() {
        var progress = Progress(files: 9)
        let start = ContinuousClock.now
        #expect(progress.update(done: 1, crashed: 0, now: start) == "\r\u{1B}[K1 of 9 files\r")
        #expect(progress.update(done: 2, crashed: 0, now: start + .milliseconds(49)) == nil)
        #expect(
            progress.update(done: 3, crashed: 1, now: start + .milliseconds(50))
                == "\r\u{1B}[K3 of 9 files, 1 crashed\r")
    }
}
