/// A system call on the way to a running child, which a test can make fail where the system would not.
package enum SpawnStep: String, CaseIterable, Sendable {
    case pair = "socketpair"
    case spawn = "posix_spawn"
    case descriptor = "pidfd_open"
    case watch = "epoll_ctl of the process"
    case pipe = "epoll_ctl of the pipe"

    private static let faults = Lock<[SpawnStep: [Int32]]>([:])

    /// Its next calls fail, with these values of `errno` one after another.
    package func fail(with codes: [Int32]) { Self.faults.withLock { $0[self] = codes } }

    /// Throws if it is to fail.
    package func check() throws(SystemError) {
        let code = Self.faults.withLock { faults -> Int32? in
            guard let next = faults[self]?.first else { return nil }
            faults[self]?.removeFirst()
            return next
        }
        if let code { throw SystemError(call: rawValue, code: code) }
    }
}
