/// How a process is to be started: all that `posix_spawn` is told.
///
/// What every child gets besides: descriptor 0 is `/dev/null`, 3 is its channel, no other descriptor but 1 and 2 is
/// open, no signal is blocked or ignored, and it leads a process group of its own.
package struct SpawnPlan: Equatable, Sendable {
    /// Where a child's output goes.
    package enum Stream: Equatable, Sendable {
        /// Where the parent's does.
        case inherited
        /// To `/dev/null`.
        case discarded
        /// To this descriptor of the parent's, which must not be 0 to 2.
        case descriptor(Int32)
    }

    package var executable: String
    /// Including the name of the program.
    package var arguments: [String]
    package var environment: [String: String]
    /// `nil`: the parent's.
    package var directory: String?
    package var standardOutput = Stream.inherited
    package var standardError = Stream.inherited

    package init(executable: String, arguments: [String], environment: [String: String], directory: String? = nil) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// The number of the channel in the child.
    package static let channel: Int32 = 3
}
