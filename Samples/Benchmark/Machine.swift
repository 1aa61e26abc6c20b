import BenchmarkFloor

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The machine it runs on, as the system describes it.
enum Machine {
    /// Those that this process may use.
    static var processors: Int { Int(processors_available()) }

    /// Does not return: runs this program from its beginning, on one processor.
    static func restartOnOneProcessor() throws -> Never {
        let error = processors_restart_on_one(CommandLine.unsafeArgv)
        throw SystemFailure("cannot run on one processor", errorNumber: -error)
    }

    /// Such as `2 CPUs (AMD EPYC), load 0.10 0.20 0.30`.
    static var description: String {
        let models = readFile("/proc/cpuinfo").split(separator: "\n").filter { $0.hasPrefix("model name") }
        let model = models.first?.split(separator: ":").last.map { " (\($0.drop(while: \.isWhitespace)))" } ?? ""
        let load = readFile("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return "\(processors) \(processors == 1 ? "CPU" : "CPUs")\(model), load \(load)"
    }

    /// Where processor time has gone until now.
    static var processorUse: ProcessorUse {
        ProcessorUse(
            statistics: readFile("/proc/stat"), ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)), own: ownSeconds, time: Double(now()) / 1e9)
    }

    /// Of this process and of the children it has waited for.
    private static var ownSeconds: Double {
        [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue].map { who in
            var usage = rusage()
            getrusage(who, &usage)
            return [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }.reduce(0, +)
        }.reduce(0, +)
    }

    /// A process's resident memory and its proportional share of it, in MiB.
    static func memory(of process: Int32) -> MemoryUse? { MemoryUse(rollup: readFile("/proc/\(process)/smaps_rollup")) }

    /// Empty if it cannot be read.
    private static func readFile(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += buffer.prefix(count)
        }
    }
}
