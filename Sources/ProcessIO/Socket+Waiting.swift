#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Socket {
    /// Blocks until it has room, its other end is gone, or the moment has come.
    package func waitForRoom(until moment: Instant) {
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        let left = (moment - MonotonicClock.now).wholeNanoseconds / 1_000_000
        poll(&entry, 1, Int32(clamping: max(0, left)))
    }
}
