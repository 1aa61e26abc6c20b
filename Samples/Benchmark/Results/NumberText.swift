/// With so many digits after the point, never with an exponent.
func fixed(_ value: Double, digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    // Beyond what an Int64 counts nothing is measured here.
    let scaled = Int64(exactly: (value.magnitude * scale).rounded()) ?? .max
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % Int64(scale))
    return "\(sign)\(scaled / Int64(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
}

/// With about three digits that matter.
func short(_ value: Double) -> String {
    switch value.magnitude {
    case 100...: fixed(value, digits: 0)
    case 10..<100: fixed(value, digits: 1)
    case 1..<10: fixed(value, digits: 2)
    default: fixed(value, digits: 3)
    }
}
