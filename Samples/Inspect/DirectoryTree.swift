#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The regular files below a directory, hidden ones included. Symbolic links are neither followed nor listed.
struct DirectoryTree {
    /// Relative to the directory, sorted.
    private(set) var files: [RawPath] = []
    /// What could not be looked at, and why. Directories end in a slash.
    private(set) var unreadable: [RawPath: SystemFailure] = [:]
    private var directories: [RawPath] = []

    /// Throws if the directory itself cannot be read.
    init(of root: RawPath) throws(SystemFailure) {
        let here = RawPath("")
        try readDirectory(here, below: root)
        while let directory = directories.popLast() {
            do {
                try readDirectory(directory, below: root)
            } catch {
                unreadable[directory.appending(here)] = error
            }
        }
        files.sort()
    }

    private mutating func readDirectory(_ path: RawPath, below root: RawPath) throws(SystemFailure) {
        guard let directory = opendir(root.appending(path).cString) else { throw SystemFailure.last }
        defer { closedir(directory) }
        while true {
            // Only this tells the end from a failure: both come as nil.
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw SystemFailure.last }
                return
            }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { RawPath($0.prefix { $0 != 0 }) }
            if name == RawPath(".") || name == RawPath("..") { continue }
            note(path.appending(name), kind: Self.kind(of: name, in: dirfd(directory)))
        }
    }

    private mutating func note(_ path: RawPath, kind: Result<mode_t, SystemFailure>) {
        switch kind {
        case .success(S_IFDIR): directories.append(path)
        case .success(S_IFREG): files.append(path)
        case .success: break
        case .failure(let failure): unreadable[path] = failure
        }
    }

    private static func kind(of name: RawPath, in directory: Int32) -> Result<mode_t, SystemFailure> {
        var status = stat()
        guard fstatat(directory, name.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .failure(.last) }
        return .success(status.st_mode & S_IFMT)
    }
}
