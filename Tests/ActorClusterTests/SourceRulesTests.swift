import ActorClusterTesting
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One Swift file of the package.
private struct Source: CustomStringConvertible {
    /// From the package's root.
    let path: String
    let text: String

    var description: String { path }
    var lines: [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
    }
    /// Without comments.
    var code: [Substring] { lines.map { line in line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line } }

    /// The numbers of the lines whose code has this word, not as part of a longer one.
    func uses(_ word: String) -> [Int] {
        // Most files do not have it at all, which C finds out much faster.
        guard strstr(text, word) != nil else { return [] }
        let code = code
        return code.indices.filter { index in
            code[index].ranges(of: word).contains { range in
                let before = code[index][..<range.lowerBound].last
                let after = code[index][range.upperBound...].first
                return !Self.isPartOfName(before) && !(Self.isPartOfName(word.last) && Self.isPartOfName(after))
            }
        }.map { $0 + 1 }
    }

    private static func isPartOfName(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
    }
}

@Suite("Rules for the package's own sources", .computing)
struct SourceRulesTests {
    private static let root = String("\(#filePath)".split(separator: "/").dropLast(3).map { "/" + $0 }.joined())

    private static let values = [
        "ProcessIO": ["FrameLayout", "FrameDecoder", "WriteQueue", "TimerHeap"],
        "ActorCluster/Messages": ["Frame", "Hello", "NameList", "ErrorTypes", "Post", "ArrivingDescriptors"],
        "ActorCluster/Calls": ["PendingCalls", "RunningCalls", "TargetMapping", "PostBox"],
        "ActorCluster/Routing": [
            "WorkerSelection", "PoolQueue", "PriorityTurn", "RetryBudget", "StableHash", "Introductions",
            "DirectRoutes",
        ],
        "ActorCluster/Connections": ["ConnectionBook", "ConnectionTally"],
        "ActorCluster/Streams": ["StreamBuffer"],
        "ActorCluster/Topics": ["TopicQueue", "TopicTable", "SubscriptionInlet"],
        "ActorCluster/Statistics": ["LatencyHistogram", "CallStatistics"],
        "ActorCluster/Supervision": [
            "Supervision", "Supervision+Events", "Supervision+Requests", "Supervision+Restart",
            "Supervision+Scaling", "Supervision+Story", "RestartBudget", "ShutdownPlan", "ClusterStop", "PoolTree",
            "SpawnQueue", "Heartbeat", "WorkerEnd", "WorkerHealth", "Turnover",
        ],
        "ActorCluster/Worker": ["Vitals", "WorkerDeparture"],
        "ActorCluster/Events": ["EventLog", "Terminations"],
        "ActorCluster/Names": ["NameTable", "NameWaiters", "NameView"],
        "ActorCluster/Output": ["LineSplitter", "LineBuffer", "LastLines"],
        "ActorCluster": ["RestartPolicy"],
    ].flatMap { folder, names in names.map { "Sources/\(folder)/\($0).swift" } }

    private static func sources(in folder: String) -> [Source] {
        Processes.entries(of: "\(root)/\(folder)").flatMap { name -> [Source] in
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".swift") { return [source(path)] }
            return name.contains(".") ? [] : sources(in: path)
        }
    }

    private static func source(_ path: String) -> Source {
        Source(path: path, text: Processes.read("\(root)/\(path)"))
    }

    private static let all = sources(in: "Sources")
    private static let library = all.filter {
        $0.path.hasPrefix("Sources/ActorCluster/") || $0.path.hasPrefix("Sources/ProcessIO/")
    }

    @Test("the sources are found")
    func found() {
        #expect(Self.library.count > 60)
        #expect(Self.values.allSatisfy { Self.source($0).lines.count > 5 })
    }

    @Test(
        "a value has no task, waits for nothing, reads no clock, and knows of nothing but ProcessIO", arguments: values)
    func purity(path: String) {
        let source = Self.source(path)
        for word in ["await", "async", "Task", "MonotonicClock", "Mutex", "Lock"] {
            #expect(source.uses(word).isEmpty, "\(word)")
        }
        let imports = source.uses("import").map { source.lines[$0 - 1].split(separator: " ").last }
        #expect(imports.allSatisfy { $0 == "ProcessIO" })
        #expect(imports.isEmpty || path.hasPrefix("Sources/ActorCluster/"))
    }

    @Test("no file has more than 300 lines")
    func length() {
        for source in ["Sources", "Tests", "Samples"].flatMap(Self.sources(in:)) {
            // The end of the last line counts as one more.
            #expect(source.lines.count <= 301, "\(source)")
        }
    }

    @Test(
        "G11: nothing in the sources reads the wall clock, or one that goes on while the machine sleeps",
        arguments: [
            "Date()", "Date.now", "timeIntervalSinceNow", "ContinuousClock", "gettimeofday", "CLOCK_REALTIME",
            "CLOCK_BOOTTIME",
        ])
    func clocks(word: String) {
        for source in Self.library { #expect(source.uses(word).isEmpty, "\(source)") }
    }

    @Test("one file reads the clock")
    func clock() {
        let readers = Self.library.filter { !$0.uses("clock_gettime").isEmpty }
        #expect(readers.map(\.path) == ["Sources/ProcessIO/MonotonicClock.swift"])
    }

    @Test("D10: no name from a peer reaches the runtime: nothing looks a type up by its name")
    func typeByName() {
        for source in Self.all { #expect(source.uses("_typeByName").isEmpty, "\(source)") }
    }

    @Test("the library forces nothing and does not give up on the process", arguments: ["try!", "as!", "fatalError"])
    func forced(word: String) {
        for source in Self.library { #expect(source.uses(word).isEmpty, "\(source)") }
    }

    @Test("whatever the compiler is told to believe has a comment above it that says why it is so")
    func unchecked() {
        for source in Self.library {
            for number in source.uses("@unchecked Sendable") + source.uses("nonisolated(unsafe)") {
                let above = source.lines[..<(number - 1)].reversed().prefix { !$0.allSatisfy(\.isWhitespace) }
                #expect(above.prefix(4).contains { $0.contains("//") }, "\(source):\(number)")
            }
        }
    }
}
