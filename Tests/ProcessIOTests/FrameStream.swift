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
        var (frames, start, index) = ([[UInt8]](), 0, 0)
        try bytes.withUnsafeBytes { all in
            while start < all.count {
                let step = min(steps[min(index, steps.count - 1)], all.count - start)
                try receive(UnsafeRawBufferPointer(rebasing: all[start..<(start + step)])) { frames.append(Array($0)) }
                start += step
                index += 1
            }
        }
        return frames
    }
}
