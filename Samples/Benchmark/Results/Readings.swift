/// What was found, by the key of its figure, a value for each round.
struct Readings: Equatable {
    private var values: [String: [Double]] = [:]

    mutating func add(_ round: [String: Double]) {
        for (key, value) in round { values[key, default: []].append(value) }
    }

    /// All rounds of a figure; `nil`: it was not measured.
    subscript(key: String) -> Distribution? { values[key].map { Distribution($0) } }

    /// By how much a figure is larger here than there: the median of the rounds' ratios, since what lies close in
    /// time is disturbed alike.
    func ratio(of key: String, to other: Readings, _ otherKey: String) -> Double? {
        guard let numerators = values[key], let denominators = other.values[otherKey] else { return nil }
        let ratios = zip(numerators, denominators).filter { $0.1 > 0 }.map { $0.0 / $0.1 }
        return ratios.isEmpty ? nil : Distribution(ratios).median
    }
}
