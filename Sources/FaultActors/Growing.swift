import Distributed
import ProcessIO

extension Probe {
    /// Takes so much memory, and keeps it.
    public distributed func grow(megabytes: Int) {
        let count = megabytes << 20
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 1)
        kept.withLock { $0.append(UInt(bitPattern: memory.baseAddress)) }
    }
}

/// Where the memory lies that is never given back.
private let kept = Lock<[UInt]>([])
