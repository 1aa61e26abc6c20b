package import ProcessIO

/// How a worker process ended.
public enum ExitStatus: Hashable, Sendable, Codable, CustomStringConvertible {
    /// It left by itself with this exit code, 0 to 255.
    case code(Int32)
    /// This signal ended it; a Swift trap is 4 (SIGILL) or 5 (SIGTRAP).
    case signal(Int32)
    /// Not known: the pipe ended but the process did not, or another part of the program collected its status.
    case unknown

    package init(_ exit: ProcessExit) {
        switch exit {
        case .code(let code): self = .code(code)
        case .signal(let signal): self = .signal(signal)
        case .unknown: self = .unknown
        }
    }

    /// `exit code 1`, `signal 9`, or that it is not known.
    public var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let signal): "signal \(signal)"
        case .unknown: "unknown exit status"
        }
    }
}
