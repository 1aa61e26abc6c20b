/// A long frame that comes in slices, put together in memory of its own.
///
/// That memory grows with what has come: nobody gets much by declaring a length. A peer that has sent a frame of some
/// length before gets as much at once, so that nothing is moved while a frame comes.
struct SlicedFrame: Equatable, Sendable {
    private(set) var bytes: [UInt8] = []
    /// As the first slice says; `nil`: none is coming.
    private(set) var length: Int?
    /// How much of the current slice has not come yet.
    private(set) var sliceRest = 0
    /// Of those that have come whole.
    private var longest = 0

    mutating func begin(length: Int) { self.length = length }

    mutating func beginSlice(of count: Int) throws(FrameError) {
        guard bytes.count + count <= length ?? 0 else { throw .brokenSlices }
        sliceRest = count
    }

    /// Takes what belongs to the current slice from the beginning of the input.
    mutating func take(from input: inout Slice<UnsafeRawBufferPointer>) {
        let step = min(sliceRest, input.count)
        reserve(step)
        bytes.append(contentsOf: input.prefix(step))
        input = input.dropFirst(step)
        sliceRest -= step
    }

    /// Gives `read` the place of what is to come of the current slice, or a part of it. It says how much it has filled.
    mutating func fill(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
        let room = min(sliceRest, FrameLayout.sliceSize)
        reserve(room)
        var filled = 0
        try bytes.append(addingCapacity: room) { (span: inout OutputSpan<UInt8>) in
            try span.withUnsafeMutableBufferPointer { buffer, count in
                let place = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + room])
                filled = try read(UnsafeMutableRawBufferPointer(place))
                precondition(filled <= room)
                count += filled
            }
        }
        sliceRest -= filled
    }

    /// The frame, once, when its last byte has come.
    mutating func finish() -> [UInt8]? {
        guard sliceRest == 0, bytes.count == length else { return nil }
        defer { (bytes, length) = ([], nil) }
        longest = max(longest, bytes.count)
        return bytes
    }

    private mutating func reserve(_ more: Int) {
        let needed = bytes.count + more
        guard needed > bytes.capacity, let length else { return }
        bytes.reserveCapacity(min(length, max(needed, 2 * bytes.count, longest)))
    }
}
