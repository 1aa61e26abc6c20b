public import ActorCluster
public import Distributed
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A root actor that gets and gives shared buffers.
public distributed actor Archive {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// Buffers in the places that a value can have.
    public struct Folder: Codable, Sendable {
        /// What it is about.
        public var title: String
        /// Some.
        public var pages: [SharedBuffer]
        /// One or none.
        public var cover: SharedBuffer?

        /// A folder with these.
        public init(title: String, pages: [SharedBuffer], cover: SharedBuffer?) {
            (self.title, self.pages, self.cover) = (title, pages, cover)
        }
    }

    private var notes: [Int] = []
    private var kept: [SharedBuffer] = []

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Of what is in it.
    public distributed func checksum(of buffer: SharedBuffer) -> UInt64 { buffer.checksum }

    /// The same.
    public distributed func echo(_ buffer: SharedBuffer) -> SharedBuffer { buffer }

    /// The same, and held from now on if so wanted.
    public distributed func file(_ folder: Folder, keeping: Bool) -> Folder {
        if keeping { kept += folder.pages }
        return folder
    }

    /// Lets go of all that is held.
    public distributed func clear() { kept = [] }

    /// A buffer that is made here.
    public distributed func blank(byteCount: Int, filledWith byte: UInt8) throws -> SharedBuffer {
        try SharedBuffer(byteCount: byteCount) { $0.initializeMemory(as: UInt8.self, repeating: byte) }
    }

    /// Remembers a number, and that its page has it, too.
    public distributed func note(_ number: Int, page: SharedBuffer?) {
        let isRight = page.map { $0.withUnsafeBytes { $0.load(as: Int.self) } == number } ?? true
        notes.append(isRight ? number : -1)
    }

    /// What it was told, in order.
    public distributed func all() -> [Int] { notes }

    /// Shared memories that this process has descriptors of.
    public distributed func memories() -> Int { SharedBuffer.descriptorCount }

    /// For so long the process can get one descriptor, and no second one. Returns at once.
    public distributed func refuseDescriptors(forMilliseconds time: Int) async throws {
        try await OpenFiles.refuse(forMilliseconds: time)
    }
}

extension SharedBuffer {
    /// Depends on each byte and its place.
    public var checksum: UInt64 {
        withUnsafeBytes { bytes in
            var sum: UInt64 = 0
            var offset = 0
            while offset + 8 <= bytes.count {
                sum = (sum &* 31) &+ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                offset += 8
            }
            return bytes[offset...].reduce(sum) { ($0 &* 31) &+ UInt64($1) }
        }
    }

    /// Shared memories that this process has descriptors of.
    public static var descriptorCount: Int {
        var buffer = [CChar](repeating: 0, count: 64)
        return (Int32(0)..<1024).count { number in
            let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
            let bytes = buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:))
            return String(decoding: bytes, as: UTF8.self).hasPrefix("/memfd:actorcluster")
        }
    }
}
