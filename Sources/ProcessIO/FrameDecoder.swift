/// Bytes in, whole frames out.
///
/// Frames that arrive in one piece are handed on where they lie. What is kept between reads never exceeds the bytes
/// that came, whatever length a header declares.
package struct FrameDecoder: Equatable, Sendable {
    /// The longest frame that is accepted, in bytes.
    package let limit: Int

    /// The beginning of a piece whose end has not come: its word, and what follows if it is a whole frame.
    private var partial: [UInt8] = []
    /// The long frame that is coming in slices.
    private var long: [UInt8] = []
    private var longLength: Int?
    /// How much of the current slice has not come yet.
    private var sliceRest = 0

    package init(limit: Int) { self.limit = limit }

    /// Whether the stream may end here without losing part of a frame.
    package var isBetweenFrames: Bool { partial.isEmpty && longLength == nil }

    /// Bytes of unfinished frames that are kept.
    package var bufferedBytes: Int { partial.count + long.count }

    /// Memory that is held for them.
    package var reservedBytes: Int { partial.capacity + long.capacity }

    /// Takes the next bytes of the stream. `onFrame` gets each frame that they complete; its bytes are valid during the
    /// call only. After a throw the decoder must not be used again.
    package mutating func receive(
        _ bytes: UnsafeRawBufferPointer, onFrame: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var input = bytes[...]
        while !input.isEmpty {
            if sliceRest > 0 {
                try takeSlice(&input, onFrame)
            } else if !partial.isEmpty {
                try takePartial(&input, onFrame)
            } else if try !takePiece(&input, onFrame) {
                partial.append(contentsOf: input)
                return
            }
        }
    }

    /// A piece that lies in the input from its first byte. False: its end has not come, or not even its word.
    private mutating func takePiece(
        _ input: inout Slice<UnsafeRawBufferPointer>, _ onFrame: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        let piece = UnsafeRawBufferPointer(rebasing: input)
        guard let word = Self.word(of: piece) else { return false }
        if try isSlice(word) { return try beginSlice(word, piece, &input) }
        let end = FrameLayout.wordSize + Int(word & FrameLayout.lengthMask)
        guard piece.count >= end else { return false }
        input = input.dropFirst(end)
        try onFrame(UnsafeRawBufferPointer(rebasing: piece[FrameLayout.wordSize..<end]))
        return true
    }

    /// Completes the piece whose beginning is kept, one step at a time: its word, a slice's length, a frame's body.
    private mutating func takePartial(
        _ input: inout Slice<UnsafeRawBufferPointer>, _ onFrame: (UnsafeRawBufferPointer) throws -> Void
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
        guard marks == (longLength == nil ? FrameLayout.firstSlice : FrameLayout.laterSlice) else {
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
            longLength = Int(whole)
        }
        guard long.count + length <= longLength ?? 0 else { throw FrameError.brokenSlices }
        sliceRest = length
        input = input.dropFirst(header)
        return true
    }

    private mutating func takeSlice(
        _ input: inout Slice<UnsafeRawBufferPointer>, _ onFrame: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let step = min(sliceRest, input.count)
        long.append(contentsOf: input.prefix(step))
        input = input.dropFirst(step)
        sliceRest -= step
        guard sliceRest == 0, long.count == longLength else { return }
        let frame = long
        long = []
        longLength = nil
        try frame.withUnsafeBytes(onFrame)
    }

    private static func word(of bytes: UnsafeRawBufferPointer) -> UInt32? {
        guard bytes.count >= FrameLayout.wordSize else { return nil }
        return UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    }
}
