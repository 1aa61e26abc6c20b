/// A frame whose last byte has come.
package struct WholeFrame {
    /// Valid only as long as the frame is being handed on.
    package let bytes: UnsafeRawBufferPointer
    /// What they lie in if the frame was long: an array that may be kept.
    package let memory: [UInt8]?

    package init(_ bytes: UnsafeRawBufferPointer, memory: [UInt8]? = nil) {
        (self.bytes, self.memory) = (bytes, memory)
    }
}

/// Bytes in, whole frames out.
///
/// Frames that arrive in one piece are handed on where they lie. What is kept between reads never exceeds the bytes
/// that came, whatever length a header declares.
package struct FrameDecoder: Equatable, Sendable {
    /// The longest frame that is accepted, in bytes.
    package let limit: Int

    /// The beginning of a piece whose end has not come: its word, and what follows if it is a whole frame.
    private var partial: [UInt8] = []
    private var long = SlicedFrame()

    package init(limit: Int) { self.limit = limit }

    /// Whether the stream may end here without losing part of a frame.
    package var isBetweenFrames: Bool { partial.isEmpty && long.length == nil }

    /// Bytes of unfinished frames that are kept.
    package var bufferedBytes: Int { partial.count + long.bytes.count }

    /// Memory that is held for them.
    package var reservedBytes: Int { partial.capacity + long.bytes.capacity }

    /// Takes the next bytes of the stream. `onFrame` gets each frame that they complete; its bytes are valid during the
    /// call only. After a throw the decoder must not be used again.
    package mutating func receive(
        _ bytes: UnsafeRawBufferPointer, onFrame: (WholeFrame) throws -> Void
    ) throws {
        var input = bytes[...]
        while !input.isEmpty {
            if long.sliceRest > 0 {
                long.take(from: &input)
                try finishLong(onFrame)
            } else if !partial.isEmpty {
                try takePartial(&input, onFrame)
            } else if try !takePiece(&input, onFrame) {
                partial.append(contentsOf: input)
                return
            }
        }
    }

    /// What comes next, so that the bytes of a long frame are read to where they belong.
    package enum Expected: Equatable, Sendable {
        case anything
        /// The word of a long frame's next slice, or of another piece.
        case word
        /// So many bytes of a slice: `fillSlice` takes them.
        case slice(Int)
    }

    package var expected: Expected {
        if long.sliceRest > 0 { return .slice(long.sliceRest) }
        return long.length != nil && partial.isEmpty ? .word : .anything
    }

    /// Takes the next bytes of the stream, which belong to a slice, from where they are read to: `read` gets the place
    /// of some of them and says how many it has filled. Otherwise as `receive`.
    package mutating func fillSlice(
        _ read: (UnsafeMutableRawBufferPointer) throws -> Int, onFrame: (WholeFrame) throws -> Void
    ) throws {
        try long.fill(read)
        try finishLong(onFrame)
    }

    private mutating func finishLong(_ onFrame: (WholeFrame) throws -> Void) throws {
        guard let frame = long.finish() else { return }
        try frame.withUnsafeBytes { try onFrame(WholeFrame($0, memory: frame)) }
    }

    /// A piece that lies in the input from its first byte. False: its end has not come, or not even its word.
    private mutating func takePiece(
        _ input: inout Slice<UnsafeRawBufferPointer>, _ onFrame: (WholeFrame) throws -> Void
    ) throws -> Bool {
        let piece = UnsafeRawBufferPointer(rebasing: input)
        guard let word = Self.word(of: piece) else { return false }
        if try isSlice(word) { return try beginSlice(word, piece, &input) }
        let end = FrameLayout.wordSize + Int(word & FrameLayout.lengthMask)
        guard piece.count >= end else { return false }
        input = input.dropFirst(end)
        try onFrame(WholeFrame(UnsafeRawBufferPointer(rebasing: piece[FrameLayout.wordSize..<end])))
        return true
    }

    /// Completes the piece whose beginning is kept, one step at a time: its word, a slice's length, a frame's body.
    private mutating func takePartial(
        _ input: inout Slice<UnsafeRawBufferPointer>, _ onFrame: (WholeFrame) throws -> Void
    ) throws {
        let wanted = try wantedPartial()
        let step = min(wanted - partial.count, input.count)
        partial.append(contentsOf: input.prefix(step))
        input = input.dropFirst(step)
        guard partial.count == wanted, try wantedPartial() == wanted else { return }
        let piece = partial
        partial = []
        try piece.withUnsafeBytes { bytes in
            var rest = bytes[...]
            _ = try takePiece(&rest, onFrame)
        }
    }

    /// How many bytes of the kept piece are needed before it can be taken.
    private func wantedPartial() throws -> Int {
        guard let word = partial.withUnsafeBytes(Self.word(of:)) else { return FrameLayout.wordSize }
        if try isSlice(word) { return FrameLayout.wordSize + (word & FrameLayout.firstSlice != 0 ? 4 : 0) }
        return FrameLayout.wordSize + Int(word & FrameLayout.lengthMask)
    }

    /// Checks a word against the limit and what came before it.
    private func isSlice(_ word: UInt32) throws -> Bool {
        let length = Int(word & FrameLayout.lengthMask)
        let marks = word & ~FrameLayout.lengthMask
        guard length > 0 else { throw FrameError.empty }
        guard length <= limit + 4 else { throw FrameError.tooLong(declared: length, limit: limit) }
        if marks == 0 {
            guard length <= limit else { throw FrameError.tooLong(declared: length, limit: limit) }
            return false
        }
        guard marks == (long.length == nil ? FrameLayout.firstSlice : FrameLayout.laterSlice) else {
            throw FrameError.brokenSlices
        }
        if marks == FrameLayout.firstSlice, length <= 4 { throw FrameError.brokenSlices }
        return true
    }

    private mutating func beginSlice(
        _ word: UInt32, _ piece: UnsafeRawBufferPointer, _ input: inout Slice<UnsafeRawBufferPointer>
    ) throws -> Bool {
        var length = Int(word & FrameLayout.lengthMask)
        var header = FrameLayout.wordSize
        if word & FrameLayout.firstSlice != 0 {
            guard let whole = Self.word(of: UnsafeRawBufferPointer(rebasing: piece.dropFirst(header))) else {
                return false
            }
            guard whole <= limit else { throw FrameError.tooLong(declared: Int(whole), limit: limit) }
            header += 4
            length -= 4
            long.begin(length: Int(whole))
        }
        try long.beginSlice(of: length)
        input = input.dropFirst(header)
        return true
    }

    private static func word(of bytes: UnsafeRawBufferPointer) -> UInt32? {
        guard bytes.count >= FrameLayout.wordSize else { return nil }
        return UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    }
}
