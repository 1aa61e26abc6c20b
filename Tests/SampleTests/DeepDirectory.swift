import Foundation
import Testing

/// A directory whose own path is just short enough for the system, with a file and a directory in it whose paths are
/// not. Nobody can open these two by path, not even root, who could open a file without any permission.
final class DeepDirectory {
    /// Relative to where the whole begins.
    let file: String
    let subdirectory: String

    private static let step = String(repeating: "d", count: 200)
    private static let fileName = String(repeating: "f", count: 255)
    private static let subdirectoryName = String(repeating: "s", count: 255)
    /// From the root down.
    private var descriptors: [Int32] = []

    init(below root: String) throws {
        let depth = (Int(PATH_MAX) - 1 - root.utf8.count) / (Self.step.utf8.count + 1)
        let path = Array(repeating: Self.step, count: depth).joined(separator: "/")
        (file, subdirectory) = ("\(path)/\(Self.fileName)", "\(path)/\(Self.subdirectoryName)")

        var innermost = open(root, O_DIRECTORY | O_CLOEXEC)
        descriptors.append(innermost)
        for _ in 0..<depth {
            try #require(mkdirat(innermost, Self.step, 0o700) == 0)
            innermost = openat(innermost, Self.step, O_DIRECTORY | O_CLOEXEC)
            descriptors.append(innermost)
        }
        try #require(mkdirat(innermost, Self.subdirectoryName, 0o700) == 0)
        let descriptor = openat(innermost, Self.fileName, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
    }

    /// Step by step: by path, nobody could remove it either.
    deinit {
        if let innermost = descriptors.last {
            unlinkat(innermost, Self.fileName, 0)
            unlinkat(innermost, Self.subdirectoryName, AT_REMOVEDIR)
        }
        while let descriptor = descriptors.popLast() {
            close(descriptor)
            if let parent = descriptors.last { unlinkat(parent, Self.step, AT_REMOVEDIR) }
        }
    }
}
