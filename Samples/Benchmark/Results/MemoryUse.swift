/// The memory of a process, in MiB.
struct MemoryUse: Equatable {
    /// What is in memory, shared with others or not.
    var resident: Double
    /// The same with each shared page divided among those who share it.
    var proportional: Double
}

extension MemoryUse {
    /// `rollup` is the text of /proc/PID/smaps_rollup.
    init?(rollup: String) {
        func mebibytes(_ name: String) -> Double? {
            let line = rollup.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
        }
        guard let resident = mebibytes("Rss:"), let proportional = mebibytes("Pss:") else { return nil }
        self.init(resident: resident, proportional: proportional)
    }
}
