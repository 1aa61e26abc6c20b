import Foundation
import Testing

@testable import Inspect

/// Which files are inspected.
@Suite(.timeLimit(.minutes(1)))
struct DirectoryTreeTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("regular files only, hidden ones too, in order of their paths' bytes")
    func files() throws {
        for name in ["b", "a/z", "a/y/x", "a.txt", ".hidden/.file", "a/ü"] { try directory.write(name, "") }
        try FileManager.default.createDirectory(at: url("empty"), withIntermediateDirectories: true)
        let tree = try DirectoryTree(of: RawPath(directory.path))
        #expect(tree.files.map(\.text) == [".hidden/.file", "a.txt", "a/y/x", "a/z", "a/ü", "b"])
        #expect(tree.unreadable.isEmpty)
    }

    @Test("symbolic links are not followed, not even to files")
    func links() throws {
        try directory.write("file", "")
        for (name, target) in [("link", "file"), ("loop", "."), ("dangling", "nowhere")] {
            try FileManager.default.createSymbolicLink(atPath: url(name).path, withDestinationPath: target)
        }
        #expect(try DirectoryTree(of: RawPath(directory.path)).files == [RawPath("file")])
    }

    @Test("a name that is not UTF-8 is kept byte by byte")
    func rawName() throws {
        let name = RawPath([0x61, 0xFF, 0x0A])
        let file = open(RawPath(directory.path).appending(name).cString, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        close(file)
        #expect(try DirectoryTree(of: RawPath(directory.path)).files == [name])
    }

    @Test("a directory that cannot be read is noted, and the rest goes on")
    func unreadable() throws {
        let deep = try DeepDirectory(below: directory.path)
        try directory.write("file", "")
        let tree = try DirectoryTree(of: RawPath(directory.path))
        #expect(tree.files == [RawPath(deep.file), RawPath("file")])
        #expect(tree.unreadable == [RawPath(deep.subdirectory + "/"): SystemFailure(description: "File name too long")])
    }

    @Test("the directory itself has to be one")
    func notADirectory() throws {
        try directory.write("file", "")
        #expect(throws: SystemFailure(description: "Not a directory")) {
            try DirectoryTree(of: RawPath(url("file").path))
        }
        #expect(throws: SystemFailure(description: "No such file or directory")) {
            try DirectoryTree(of: RawPath(url("missing").path))
        }
    }

    private func url(_ name: String) -> URL { directory.url.appending(path: name) }
}
