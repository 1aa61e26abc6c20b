/// Where the machine's processor time has gone, at one moment.
struct ProcessorUse: Equatable {
    /// Used by anyone, in seconds since the machine started; what a hypervisor took away included.
    var busy: Double
    /// Used by this program and its children.
    var own: Double
    /// When that was, in seconds.
    var time: Double
    var processors: Int

    /// `statistics` is the text of /proc/stat.
    init(statistics: String, ticksPerSecond: Double, processors: Int, own: Double, time: Double) {
        // user, nice, system, idle, iowait, irq, softirq, steal
        let fields = statistics.split(separator: "\n").first?.split(separator: " ").dropFirst().prefix(8) ?? []
        let ticks = fields.enumerated().compactMap { $0.offset == 3 || $0.offset == 4 ? nil : Double($0.element) }
        busy = ticks.reduce(0, +) / ticksPerSecond
        self.own = own
        self.time = time
        self.processors = processors
    }

    /// The part of the whole machine that others have used since then, 0 to 1.
    func foreignShare(since begin: ProcessorUse) -> Double {
        let available = (time - begin.time) * Double(processors)
        guard available > 0 else { return 0 }
        return min(1, max(0, (busy - begin.busy - (own - begin.own)) / available))
    }
}
