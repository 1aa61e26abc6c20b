/// How a process is to be started: all that `posix_spawn` is told.
///
/// What every child gets besides: descriptor 0 is `/dev/null`, 1 and 2 are the parent's, 3 is its channel, no other
/// descriptor is open, no signal is blocked or ignored, and it leads a process group of its own.
package struct SpawnPlan: Equatable, Sendable {
    package var executable: String
    /// Including the name of the program.
    package var arguments: [String]
    package var environment: [String: String]
    /// `nil`: the parent's.
    package var directory: String?

    package init(executable: String, arguments: [String], environment: [String: String], directory: String? = nil) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// The number of the channel in the child.
    package static let channel: Int32 = 3
}
