/// Settings of a whole cluster. Workers get what concerns them from the primary.
public struct ClusterOptions: Sendable {
    /// How long a call may take if no `withCallTimeout` says otherwise; default 5 s.
    public var callTimeout: Duration = .seconds(5)
    /// How long stopping all pools may take before every process that is left gets SIGKILL; default 30 s.
    public var stopLimit: Duration = .seconds(30)
    /// The longest message, in bytes, header fields included; default 1 MiB, from 16 KiB to 64 MiB. A longer one is refused
    /// where it is sent, with `CallError.tooLarge`.
    public var frameLimit = Limits.frame
    /// Error types that arrive at the caller as themselves, fields and all. Any other error that a method throws arrives as
    /// `RemoteError`. Primary and workers must list them alike, as they do when both run the same program.
    public var errors: [any (Error & Codable).Type] = []

    /// The defaults.
    public init() {}

    func check() throws(ClusterError) {
        guard (Limits.frameFloor...Limits.frameCeiling).contains(frameLimit) else {
            throw .invalidOption(
                "ClusterOptions.frameLimit is \(frameLimit) bytes; "
                    + "it must be from \(Limits.frameFloor) to \(Limits.frameCeiling)")
        }
        guard callTimeout > .zero, stopLimit >= .zero else {
            throw .invalidOption("ClusterOptions.callTimeout and stopLimit must be positive")
        }
    }
}
