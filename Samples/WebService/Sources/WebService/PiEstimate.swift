/// An estimate of π: which share of random points of a square lies within its circle.
struct PiEstimate {
    private(set) var samples = 0
    private var hits = 0
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    var value: Double { samples == 0 ? 0 : 4 * Double(hits) / Double(samples) }

    mutating func sample(times count: Int) {
        for _ in 0..<count {
            let x = next()
            let y = next()
            if x * x + y * y < 1 { hits += 1 }
        }
        samples += count
    }

    /// From 0 to 1, by SplitMix64.
    private mutating func next() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((word ^ (word >> 31)) >> 11) * 0x1p-53
    }
}
