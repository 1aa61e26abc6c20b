// Stepping over what is not wanted, in a loop and with one bit for each open container.
extension MessageReader {
    /// Steps over the value at the offset, which lies in a container of this level.
    func skipValue(insideLevel level: Int) throws {
        try skip(openContainers: 0, kinds: 0, atMost: MessageLimits.depth &- level)
    }

    /// Steps from the frame's cursor over the rest of its container.
    func skipRest(of frame: Int) throws {
        let isKeyed: UInt64 = frames[frame].kind == .keyed ? 1 : 0
        try skip(openContainers: 1, kinds: isKeyed, atMost: MessageLimits.depth &- frames[frame].level &+ 1)
    }

    /// The lowest bit of `kinds` says whether the innermost open container is keyed.
    @inline(never)
    private func skip(openContainers: Int, kinds: UInt64, atMost limit: Int) throws {
        var open = openContainers
        var kinds = kinds
        repeat {
            try need(1)
            if open > 0 {
                if bytes[offset] == ValueTag.end {
                    offset &+= 1
                    open &-= 1
                    kinds &>>= 1
                    continue
                }
                if kinds & 1 == 1 { _ = try readKey() }
            }
            let tag = try skipTag()
            if tag == ValueTag.keyed || tag == ValueTag.unkeyed {
                open &+= 1
                kinds = kinds &<< 1 | (tag == ValueTag.keyed ? 1 : 0)
                guard open <= limit else { throw tooDeep() }
            } else {
                _ = try take(try payloadLength(tag))
            }
        } while open > 0
    }

    /// The tag of a value, without its marks for wrapped nils.
    @inline(__always)
    private func skipTag() throws -> UInt8 {
        var tag: UInt8
        repeat {
            try need(1)
            tag = bytes[offset]
            offset &+= 1
        } while tag == ValueTag.some
        return tag
    }

    /// How many bytes of this value follow; those that say so are read.
    @inline(__always)
    private func payloadLength(_ tag: UInt8) throws -> Int {
        switch tag {
        case 0..<ValueTag.shortString, ValueTag.smallNegative...0xFF: return 0
        case ValueTag.null, ValueTag.no, ValueTag.yes, ValueTag.absent: return 0
        case ValueTag.shortString..<ValueTag.null: return Int(tag & 0x3F)
        case ValueTag.integer..<ValueTag.smallNegative: return Int(tag & 7) &+ 1
        case ValueTag.float: return 4
        case ValueTag.double: return 8
        case ValueTag.int128, ValueTag.uint128: return 16
        case ValueTag.string, ValueTag.bytes: return Int(try load(UInt32.self))
        case ValueTag.packed: return try readSize(of: PackedKind(rawValue: load(UInt8.self)))
        default: throw corrupted("There is no value where one is expected, but \(ValueTag.description(of: tag)).")
        }
    }
}
