#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension ClusterError {
    /// What to do about a socket that cannot listen.
    static func listenAdvice(_ code: Int32, _ address: SocketAddress) -> String {
        switch (code, address) {
        case (EADDRINUSE, .unix): "; another server listens there, or the file is no socket"
        case (EADDRINUSE, _): "; another program listens there, or another listener of this one"
        case (EACCES, .tcp(_, let port)) where port < 1_024:
            "; ports below 1,024 need a right that this process does not have (CAP_NET_BIND_SERVICE)"
        case (EACCES, .unix), (EPERM, .unix), (EROFS, .unix): "; this user must be allowed to write to the directory"
        case (EADDRNOTAVAIL, _): "; this machine does not have that address"
        case (ENOENT, .unix), (ENOTDIR, .unix): "; its directory must exist"
        case (EBADF, .inherited), (ENOTSOCK, .inherited), (EINVAL, .inherited):
            "; it must be a socket that listens already"
        case (EMFILE, _), (ENFILE, _): "; there are no descriptors left (ulimit -n)"
        default: ""
        }
    }
}
