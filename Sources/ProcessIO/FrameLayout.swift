/// How frames lie on the pipe.
///
/// A piece is a 4-byte little-endian word and as many bytes as its lower 30 bits say. Most pieces are whole frames. A
/// frame longer than `sliceSize` goes in slices, so that a ping or a cancellation need not wait for its end: the first
/// slice has bit 31 set and begins with the 4-byte length of the whole frame, the following ones have bit 30 set. Whole
/// frames may stand between slices; a second long frame may not begin before the first has ended.
package enum FrameLayout {
    package static let wordSize = 4
    package static let firstSlice: UInt32 = 1 << 31
    package static let laterSlice: UInt32 = 1 << 30
    package static let lengthMask: UInt32 = laterSlice - 1
    package static let sliceSize = 64 << 10
}

/// What is wrong with the bytes of a peer; the connection cannot go on.
package enum FrameError: Error, Hashable, Sendable {
    case tooLong(declared: Int, limit: Int)
    case empty
    /// A slice that nothing began, a second beginning, more bytes than were declared, or both marks at once.
    case brokenSlices
}
