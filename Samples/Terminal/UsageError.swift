/// A command line that makes no sense; the text says why.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// What follows an option on a command line.
package enum OptionValue {
    package static func text(_ value: String?, of option: String) throws(UsageError) -> String {
        guard let value, !value.isEmpty else { throw UsageError(description: "\(option) needs a value") }
        return value
    }

    package static func number(
        _ value: String?, of option: String, in range: ClosedRange<Int>
    ) throws(UsageError) -> Int {
        let text = try text(value, of: option)
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                description: "\(option) takes a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }
}
