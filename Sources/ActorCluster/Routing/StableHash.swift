/// A number for bytes that is the same in every process, unlike `Hasher`'s.
package enum StableHash {
    /// FNV-1a, 64 bits, and a finalizer that spreads what it leaves close together.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return mix(hash)
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
    package static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// The slot that a key belongs to: the one with the highest weight (Thaler and Ravishankar, Using name-based
    /// mappings to increase hit rates, 1998). When one of n slots goes, its keys alone move, a share of 1/n.
    package static func slot(for key: UInt64, slots: Int, where isCandidate: (Int) -> Bool) -> Int? {
        var best: (slot: Int, weight: UInt64)?
        for slot in 0..<slots where isCandidate(slot) {
            let weight = mix(key ^ mix(UInt64(slot) &+ 0x9e37_79b9_7f4a_7c15))
            if best.map({ weight > $0.weight }) ?? true { best = (slot, weight) }
        }
        return best?.slot
    }
}
