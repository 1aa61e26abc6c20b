import ProcessIO

/// Bytes that processes share instead of copying them.
///
/// Written once, when it is made, and never changed after that. As an argument or a result of a call, or anywhere
/// inside one, only its descriptor crosses the pipe, and the other process maps the same memory: a gigabyte takes no
/// longer than a few bytes, and counts nothing towards `ClusterOptions.frameLimit`. It lives as long as somebody holds
/// it, in whatever process, and has no name that could be left over: when the last one has let go of it, or has died,
/// it is gone.
///
/// Each buffer costs a descriptor in each process that holds it, and a message carries at most 64. A call whose
/// receiver has no descriptor free is made again, after pauses, within its own time.
///
/// It can only be encoded as part of a call; a JSON encoder, for one, throws `EncodingError`.
public struct SharedBuffer: Sendable {
    /// `nil`: it is empty.
    private let memory: SharedMemory?

    /// A buffer of `byteCount` bytes, which `fill` writes; what it leaves alone is 0. The memory is `fill`'s during the
    /// call only. `byteCount` must not be negative.
    ///
    /// Throws `SharedBufferError` when the system has no such memory, and what `fill` throws.
    public init(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        precondition(byteCount >= 0, "a SharedBuffer has 0 bytes or more")
        guard byteCount > 0 else {
            try fill(UnsafeMutableRawBufferPointer(start: nil, count: 0))
            memory = nil
            return
        }
        do {
            memory = try SharedMemory(byteCount: byteCount, fill)
        } catch let error as SystemError {
            throw SharedBufferError(error, byteCount: byteCount)
        }
    }

    /// A copy of these bytes. Throws `SharedBufferError` when the system has no memory for them.
    public init(_ bytes: some Collection<UInt8>) throws {
        try self.init(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    }

    /// In bytes.
    public var count: Int { memory?.bytes.count ?? 0 }

    /// Whether it has no bytes.
    public var isEmpty: Bool { count == 0 }

    /// Gives the bytes to `body`, which must not keep the pointer. They lie at a page's beginning. Throws what `body`
    /// throws.
    public func withUnsafeBytes<Result, Failed: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failed) -> Result
    ) throws(Failed) -> Result {
        defer { withExtendedLifetime(memory) {} }
        return try body(memory?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }
}

extension SharedBuffer: Codable {
    private static let empty = -1

    /// Maps the memory that came with the message. Throws `DecodingError` when it cannot be had, or could still be
    /// changed by its sender.
    public init(from decoder: any Decoder) throws {
        let place = try decoder.singleValueContainer().decode(Int.self)
        guard place != Self.empty else {
            memory = nil
            return
        }
        let descriptor = try decoder.passedDescriptor(at: place)
        do throws(SystemError) {
            memory = try SharedMemory(descriptor)
        } catch {
            throw decoder.corrupted("a SharedBuffer: \(error)")
        }
    }

    /// Puts its descriptor beside the message. Throws `EncodingError` outside of a call.
    public func encode(to encoder: any Encoder) throws {
        let place = try memory.map { try encoder.pass($0.descriptor, self) } ?? Self.empty
        var container = encoder.singleValueContainer()
        try container.encode(place)
    }
}

/// The system gave no memory for a `SharedBuffer`.
public struct SharedBufferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for, in bytes.
    public let byteCount: Int
    /// The system call that failed, and its `errno`: EMFILE when the process has as many descriptors as it may, ENOMEM
    /// or EFBIG when the memory cannot be had.
    public let call: String
    /// See `call`.
    public let errno: Int32

    init(_ error: SystemError, byteCount: Int) {
        (call, errno, self.byteCount) = (error.call, error.code, byteCount)
    }

    /// What failed, and why.
    public var description: String {
        "no shared memory of \(byteCount) bytes: \(call): \(SystemError.text(of: errno)) (errno \(errno))"
    }
}
