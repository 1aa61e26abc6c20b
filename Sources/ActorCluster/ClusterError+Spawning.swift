#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension ClusterError {
    /// What to do about a process that could not be started.
    static func advice(_ code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR:
            "; WorkerProcess.executable and directory must be paths of a program and a directory that exist, "
                + "PATH is not searched"
        case EACCES, EPERM: "; the program must be a file that this user may execute"
        case ENOEXEC: "; the program must be one for this machine"
        case EAGAIN: "; this user may have no more processes (ulimit -u)"
        case EMFILE, ENFILE: "; there are no descriptors left, of which each worker takes three (ulimit -n)"
        case ENOMEM: "; there is no memory left"
        case E2BIG: "; arguments and environment are too long"
        default: ""
        }
    }
}
