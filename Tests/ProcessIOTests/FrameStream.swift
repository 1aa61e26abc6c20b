import ActorClusterTesting
import ProcessIO

/// Bytes as they lie on the pipe, made by hand, and what a decoder makes of them.
enum FrameStream {
    /// A word and what follows it.
    static func piece(_ body: [UInt8], mark: UInt32 = 0) -> [UInt8] { word(UInt32(body.count) | mark) + body }

    static func word(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    /// A frame in slices of these sizes. `between` is put after each slice but the last.
    static func sliced(_ frame: [UInt8], sizes: [Int], between: [UInt8] = []) -> [UInt8] {
        var (stream, start) = ([UInt8](), 0)
        for size in sizes {
            let slice = Array(frame[start..<(start + size)])
            stream +=
                start == 0
                ? piece(word(UInt32(frame.count)) + slice, mark: FrameLayout.firstSlice)
                : piece(slice, mark: FrameLayout.laterSlice)
            start += size
            if start < frame.count { stream += between }
        }
        return stream
    }

    static func frame(_ size: Int, _ first: UInt8) -> [UInt8] {
        (0..<size).map { first &+ UInt8(truncatingIfNeeded: $0) }
    }

    static func random(_ size: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        bytes.withUnsafeMutableBytes { buffer in
            for offset in stride(from: 0, to: size - size % 8, by: 8) {
                buffer.storeBytes(of: generator.next(), toByteOffset: offset, as: UInt64.self)
            }
        }
        return bytes
    }
}

extension FrameDecoder {
    /// The frames that these bytes complete, when they come in steps of the given sizes; the last size is repeated.
    mutating func frames(in bytes: [UInt8], steps: [Int] = [.max]) throws -> [[UInt8]] {
        var (frames, index) = ([[UInt8]](), 0)
        try bytes.withUnsafeBytes { all in
            var rest = all[...]
            while !rest.isEmpty {
                let step = steps[min(index, steps.count - 1)]
                try read(&rest, atMost: step, isDirect: false) { frames.append(Array($0.bytes)) }
                index += 1
            }
        }
        return frames
    }

    /// Takes the next bytes of a stream. Directly: as a socket's owner does, who reads slices to where they belong.
    mutating func read(
        _ stream: inout Slice<UnsafeRawBufferPointer>, atMost most: Int, isDirect: Bool = true,
        onFrame: (WholeFrame) throws -> Void
    ) throws {
        if isDirect, case .slice = expected {
            return try fillSlice { place in
                let part = stream.prefix(min(most, place.count))
                place.copyBytes(from: part)
                stream = stream.dropFirst(part.count)
                return part.count
            } onFrame: {
                try onFrame($0)
            }
        }
        let part = stream.prefix(isDirect && expected == .word ? min(most, FrameLayout.wordSize) : most)
        stream = stream.dropFirst(part.count)
        try receive(UnsafeRawBufferPointer(rebasing: part), onFrame: onFrame)
    }
}
