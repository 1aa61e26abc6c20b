import BenchmarkFloor
import Terminal

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One run of the program: measures what was asked for and prints what it found.
struct Session {
    private let arguments: Arguments
    private let plan: Plan
    private let showsProgress = isatty(STDERR_FILENO) == 1

    init(_ arguments: Arguments, _ plan: Plan) {
        self.arguments = arguments
        self.plan = plan
    }

    func run() async throws {
        if let name = arguments.name { print("@\(name)") }
        for line in heading { say(line) }
        fflush(nil)
        let begin = Machine.processorUse
        let report = try await measure()
        if showsProgress { writeToStandardError("\r\u{1B}[K") }
        for line in arguments.printsLines ? report.lines : report.table { print(line) }
        if !arguments.printsLines { for line in legend { print(line) } }
        let noise = Noise(
            foreignShare: Machine.processorUse.foreignShare(since: begin),
            floorSpread: report.floor["W1 median_us"].flatMap(\.spread))
        say(noise.description)
        if let warning = noise.warning { say("WARNING: \(warning)") }
    }

    private func measure() async throws -> Report {
        var report = Report(readings: Readings())
        let workloads = arguments.workloads
        for round in 1...plan.rounds {
            for workload in workloads where !workload.isLong {
                show("round \(round) of \(plan.rounds): \(workload.rawValue)")
                if !arguments.printsLines { report.floor.add(try workload.measureFloor(plan)) }
                report.readings.add(try await workload.measure(plan))
            }
        }
        for workload in workloads where workload.isLong {
            show(workload.rawValue)
            report.readings.add(try await workload.measure(plan))
        }
        return report
    }

    private var heading: [String] {
        let place = arguments.place == .one || Machine.processors == 1 ? "one processor" : "any processor"
        let rounds = "\(plan.rounds * plan.repetitions) × \(fixed(plan.seconds, digits: 2)) s"
        return ["\(Machine.description); on \(place), \(rounds)"]
    }

    private var legend: [String] {
        [
            "",
            "MEDIAN and SPREAD, (most - least) / median, are those of \(plan.rounds) rounds; blocked and idle are measured once.",
            "BESIDE is the same work in C in the same round: blocking calls on a socket pair, one write and one read per",
            "message; W6 and W7: /bin/cat. RATIO says how many times as long it took; W8: how many times as much as 1 worker.",
            allocations_can_be_counted()
                ? "Allocations: calls of malloc and its kin by whatever code, counted by functions in front of glibc's."
                : "Allocations cannot be counted here.",
        ]
    }

    /// A line that is no result.
    private func say(_ text: String) { print(arguments.printsLines ? "# \(text)" : text) }

    private func show(_ progress: String) {
        if showsProgress { writeToStandardError("\r\u{1B}[K\(progress)\r") }
    }
}
