/// Frames in, pieces for `writev` out: small frames joined, long ones in slices, control frames first.
///
/// `take` hands out what to write next and `wrote` says how much of it the socket took. In between, and after it for
/// what is left, `inFlight` is what was handed out; `forEachToken` names the frames whose last byte is in it.
package struct WriteQueue: Equatable, Sendable {
    /// What becomes of a frame that is still queued when the connection ends is decided by its token.
    package typealias Token = UInt64

    struct Mark: Equatable, Sendable {
        let end: Int
        let token: Token
    }

    /// Consecutive bytes to write.
    package struct Piece: Equatable, Sendable {
        package let bytes: [UInt8]
        package fileprivate(set) var range: Range<Int>
        fileprivate let marks: [Mark]
        /// A batch, whose memory is the queue's own.
        fileprivate var isBatch = false
        /// So many marks lie before the range.
        fileprivate var passed = 0
    }

    private struct Batch: Equatable, Sendable {
        var bytes: [UInt8] = []
        var marks: [Mark] = []

        mutating func append(size: Int, token: Token?, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
            let length = FrameLayout.wordSize + size
            bytes.append(addingCapacity: length) { (span: inout OutputSpan<UInt8>) in
                span.withUnsafeMutableBufferPointer { buffer, count in
                    let space = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<count + length])
                    space.storeBytes(of: UInt32(size).littleEndian, as: UInt32.self)
                    fill(UnsafeMutableRawBufferPointer(rebasing: space[FrameLayout.wordSize...]))
                    count += length
                }
            }
            if let token { marks.append(Mark(end: bytes.count, token: token)) }
        }

        /// Empty, with the memory it has.
        mutating func clear() {
            bytes.removeAll(keepingCapacity: true)
            marks.removeAll(keepingCapacity: true)
        }
    }

    private enum Entry: Equatable, Sendable {
        case batch(Batch)
        case long(LongFrame)
        /// Begins a write of its own, because descriptors go with a write's first byte.
        case carrier(Batch, DescriptorGroup)
    }

    /// About what a socket holds on Linux: less would cost more system calls, and more would wait here.
    package static let portion = 4 * FrameLayout.sliceSize

    private var control = Batch()
    /// What goes before `open`.
    private var entries: [Entry] = []
    /// Takes short frames; the last of all but control frames.
    private var open = Batch()
    /// The long frame under way.
    private var long: LongFrame?
    /// What `take` has handed out and is not known to be written.
    package private(set) var inFlight: [Piece] = []
    /// Memory of a batch that has been written, for the next one.
    private var spare = Batch()
    /// Bytes that wait to be written, those handed out by `take` included.
    package private(set) var byteCount = 0
    /// What goes along with what `take` has handed out.
    package private(set) var descriptors: DescriptorGroup?
    /// Descriptors that wait to be passed.
    package private(set) var descriptorCount = 0
    /// The other end looks for descriptors. Until it does, the first frame that has some is not written, nor what is
    /// behind it.
    package var maySendDescriptors = false

    package init() {}

    package var isEmpty: Bool { byteCount == 0 }

    /// Bytes, and descriptors at so many bytes each: for bounds on what waits.
    package var load: Int { byteCount + descriptorCount * Self.descriptorWeight }
    private static let descriptorWeight = 16 << 10

    /// Puts a frame of `size` bytes at the end, or before all others but the rest of what is being written when it is a
    /// control frame. `fill` writes its bytes.
    package mutating func append(
        size: Int, token: Token? = nil, isControl: Bool = false, fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        if isControl {
            control.append(size: size, token: token, fill)
        } else if size > FrameLayout.sliceSize {
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                fill(UnsafeMutableRawBufferPointer(buffer))
                count = size
            }
            return append(LongFrame([bytes], token: token))
        } else {
            appendToBatch(size: size, token: token, fill)
        }
        byteCount += FrameLayout.wordSize + size
    }

    /// Puts a frame at the end whose bytes lie in several arrays. If it is long they are written from there.
    package mutating func append(parts: [[UInt8]], token: Token? = nil) {
        let frame = LongFrame(parts, token: token)
        if frame.size > FrameLayout.sliceSize { return append(frame) }
        append(size: frame.size, token: token) { buffer in
            var rest = buffer[...]
            for part in parts {
                UnsafeMutableRawBufferPointer(rebasing: rest).copyBytes(from: part)
                rest = rest.dropFirst(part.count)
            }
        }
    }

    /// Puts a short frame at the end, with whose first byte descriptors go.
    package mutating func append(
        size: Int, carrying group: DescriptorGroup, fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        closeBatch()
        var batch = Batch()
        batch.append(size: size, token: nil, fill)
        byteCount += batch.bytes.count
        descriptorCount += group.all.count
        entries.append(.carrier(batch, group))
    }

    private mutating func append(_ frame: LongFrame) {
        closeBatch()
        entries.append(.long(frame))
        byteCount += frame.size
    }

    /// The next pieces to write; empty when there is nothing. Control frames come first, then less than a portion and a
    /// slice, so that a control frame appended next waits for no more than that.
    package mutating func take() -> [Piece] {
        if !inFlight.isEmpty { return inFlight }
        var room = Self.portion
        if !control.bytes.isEmpty {
            push(control, &room)
            control = Batch()
        }
        while room > 0 {
            if long != nil {
                pushSlice(&room)
            } else if entries.isEmpty {
                if open.bytes.isEmpty { break }
                push(takeOpen(), &room)
            } else if !pushEntry(&room) {
                break
            }
        }
        return inFlight
    }

    /// False: the next entry cannot go now.
    private mutating func pushEntry(_ room: inout Int) -> Bool {
        if case .carrier = entries[0], !inFlight.isEmpty || !maySendDescriptors { return false }
        switch entries.removeFirst() {
        case .long(let frame): long = frame
        case .batch(let batch): push(batch, &room)
        case .carrier(let batch, let group):
            descriptors = group
            push(batch, &room)
        }
        return true
    }

    /// The frames whose last byte is among the pieces.
    package static func forEachToken(in pieces: [Piece], _ body: (Token) -> Void) {
        for piece in pieces {
            for mark in piece.marks[piece.passed...] { body(mark.token) }
        }
    }

    /// The socket has taken the first `count` bytes of what `take` returned. Gives the descriptors that went with them,
    /// so that nothing is closed under the caller's lock.
    @discardableResult
    package mutating func wrote(_ count: Int) -> DescriptorGroup? {
        defer { if count > 0 { descriptors = nil } }
        if count > 0 { descriptorCount -= descriptors?.all.count ?? 0 }
        advance(by: count)
        return count > 0 ? descriptors : nil
    }

    private mutating func advance(by count: Int) {
        byteCount -= count
        var left = count
        var done = 0
        while left > 0, done < inFlight.count {
            let step = min(left, inFlight[done].range.count)
            left -= step
            inFlight[done].advance(by: step)
            if inFlight[done].range.isEmpty { done += 1 }
        }
        if done == inFlight.count {
            if let last = inFlight.popLast() { keepMemory(of: last) }
            inFlight.removeAll(keepingCapacity: true)
        } else {
            inFlight.removeFirst(done)
        }
    }

    private mutating func keepMemory(of piece: consuming Piece) {
        guard piece.isBatch, spare.bytes.capacity == 0, piece.bytes.capacity <= Self.mostSpare else { return }
        spare = Batch(bytes: piece.bytes, marks: piece.marks)
    }

    /// Bytes of memory that are kept between two turns.
    private static let mostSpare = 2 * FrameLayout.sliceSize

    private mutating func appendToBatch(size: Int, token: Token?, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        let length = FrameLayout.wordSize + size
        if open.bytes.count + length > FrameLayout.sliceSize { closeBatch() }
        if open.bytes.capacity == 0 {
            swap(&open, &spare)
            open.clear()
            open.bytes.reserveCapacity(max(256, length))
        }
        open.append(size: size, token: token, fill)
    }

    private mutating func closeBatch() {
        if !open.bytes.isEmpty { entries.append(.batch(takeOpen())) }
    }

    private mutating func takeOpen() -> Batch {
        var batch = Batch()
        swap(&batch, &open)
        return batch
    }

    private mutating func push(_ batch: consuming Batch, _ room: inout Int) {
        let count = batch.bytes.count
        inFlight.append(Piece(bytes: batch.bytes, range: 0..<count, marks: batch.marks, isBatch: true))
        room -= count
    }

    /// The next slice of the long frame: a word of its own, then part of the bytes.
    private mutating func pushSlice(_ room: inout Int) {
        guard var frame = long else { return }
        var length = min(frame.left, FrameLayout.sliceSize)
        var header: [UInt8] = []
        if frame.taken == 0 {
            append(UInt32(length + 4) | FrameLayout.firstSlice, to: &header)
            append(UInt32(frame.size), to: &header)
        } else {
            append(UInt32(length) | FrameLayout.laterSlice, to: &header)
        }
        byteCount += header.count
        push(Batch(bytes: header), &room)
        room -= length
        while length > 0 {
            let (bytes, range) = frame.take(atMost: length)
            length -= range.count
            let mark = frame.left == 0 ? frame.token.map { Mark(end: range.upperBound, token: $0) } : nil
            inFlight.append(Piece(bytes: bytes, range: range, marks: mark.map { [$0] } ?? []))
        }
        long = frame.left == 0 ? nil : frame
    }

    private func append(_ word: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package static func == (left: WriteQueue, right: WriteQueue) -> Bool {
        left.control == right.control && left.entries == right.entries && left.open == right.open
            && left.inFlight == right.inFlight && left.long == right.long && left.descriptors == right.descriptors
    }
}

extension WriteQueue.Piece {
    fileprivate mutating func advance(by count: Int) {
        range = (range.lowerBound + count)..<range.upperBound
        while passed < marks.count, marks[passed].end <= range.lowerBound { passed += 1 }
    }
}
