/// A message to send.
package enum EncodedMessage: Equatable, Sendable {
    case whole([UInt8])
    /// Long byte arrays of the program, sent from where they are, and what lies between them.
    case parts([[UInt8]])

    /// In bytes.
    package var count: Int {
        switch self {
        case .whole(let bytes): bytes.count
        case .parts(let parts): parts.reduce(0) { $0 + $1.count }
        }
    }

    var parts: [[UInt8]] {
        switch self {
        case .whole(let bytes): [bytes]
        case .parts(let parts): parts
        }
    }
}
