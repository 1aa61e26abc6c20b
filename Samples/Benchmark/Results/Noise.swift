/// How much the machine did besides, and how steady it was.
struct Noise: Equatable {
    /// The part of all processor time that went to others, 0 to 1.
    var foreignShare: Double
    /// How far apart the floor's rounds were, relative to their median; `nil`: it was not measured.
    var floorSpread: Double?

    /// Above these, figures are not worth comparing.
    static let foreignLimit = 0.1
    static let spreadLimit = 0.25

    var description: String {
        let spread = floorSpread.map { "; spread of the C floor of W1 \(percent($0))" } ?? ""
        return "processor time used by others \(percent(foreignShare))\(spread)"
    }

    /// What is too much, if anything is.
    var warning: String? {
        if foreignShare > Self.foreignLimit {
            return "too noisy: others used \(percent(foreignShare)) of the machine; run again when it is quiet"
        }
        if let floorSpread, floorSpread > Self.spreadLimit {
            return "too noisy: even the C floor varied by \(percent(floorSpread)); "
                + "--place one is steadier, or run again"
        }
        return nil
    }
}

private func percent(_ share: Double) -> String { "\(fixed(share * 100, digits: 0)) %" }
