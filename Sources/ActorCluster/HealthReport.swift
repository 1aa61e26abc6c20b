/// What a worker process says of itself; its event loop answers, so a busy actor does not delay it.
public struct HealthReport: Sendable, Codable, Hashable {
    /// Since the process was told what it is.
    public var uptime: Duration
    /// Resident memory, in bytes; 0 where the system does not say.
    public var residentMemory: Int
    /// Calls of other processes that have ended in this one.
    public var callsServed: UInt64
    /// Calls of other processes that run now.
    public var callsInFlight: Int
    /// How long new work waits for a thread. At least 250 ms means that all of them are blocked; it is then how long
    /// the check has waited so far.
    public var executorLag: Duration
    /// What the root actor said of itself, if it is `HealthReporting`: now if it answered within 250 ms, otherwise
    /// when it was asked last.
    public var details: [String: String] = [:]
}
