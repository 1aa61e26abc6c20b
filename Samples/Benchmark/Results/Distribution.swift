/// Numbers in order of size; at least one.
struct Distribution: Equatable {
    private let sorted: [Double]

    init(_ values: some Sequence<Double>) {
        sorted = values.sorted()
        precondition(!sorted.isEmpty, "a distribution of nothing")
    }

    var least: Double { sorted[0] }
    var most: Double { sorted[sorted.count - 1] }

    /// Of an even number of values: the mean of the two in the middle.
    var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }

    /// The least value that at least `percent` of all do not exceed.
    func percentile(_ percent: Double) -> Double {
        let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
        return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
    }

    /// How far apart the extremes are, relative to the median; `nil`: one value has no spread, and none is relative
    /// to 0.
    var spread: Double? { sorted.count > 1 && median != 0 ? (most - least) / median : nil }
}
