/// One-way calls as a frame carries them: for each 4 bytes for the length of its arguments, 8 for the actor's number, 8
/// for the target's (`TargetWord`), and the arguments.
package struct Post: Equatable, Sendable {
    package let actor: UInt64
    package let target: UInt64
    package let arguments: ArraySlice<UInt8>

    package static let headSize = 20

    package init(actor: UInt64, target: UInt64, arguments: ArraySlice<UInt8>) {
        (self.actor, self.target, self.arguments) = (actor, target, arguments)
    }

    package static func encode(actor: UInt64, target: UInt64, _ arguments: EncodedMessage) -> [UInt8] {
        let size = arguments.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headSize + size)
        withUnsafeBytes(of: UInt32(clamping: size).littleEndian) { bytes += $0 }
        withUnsafeBytes(of: actor.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: target.littleEndian) { bytes += $0 }
        for part in arguments.parts { bytes += part }
        return bytes
    }

    /// All in a frame's body. Lengths are checked before anything is kept.
    package static func decode(
        _ body: UnsafeRawBufferPointer, count: UInt64
    ) throws(ProtocolViolation) -> [Post] {
        var (posts, rest) = ([Post](), body[...])
        while !rest.isEmpty {
            let bytes = UnsafeRawBufferPointer(rebasing: rest)
            guard bytes.count >= headSize else { throw .unreadable(.post) }
            let size = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
            let actor = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
            let target = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt64.self))
            guard size <= bytes.count - headSize else { throw .unreadable(.post) }
            let arguments = [UInt8](bytes[headSize..<(headSize + size)])
            posts.append(Post(actor: actor, target: target, arguments: arguments[...]))
            rest = rest.dropFirst(headSize + size)
        }
        guard UInt64(posts.count) == count else { throw .unreadable(.post) }
        return posts
    }
}
