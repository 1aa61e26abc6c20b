package import ProcessIO

/// A message to send.
package enum EncodedMessage: Equatable, Sendable {
    case whole([UInt8])
    /// Long byte arrays of the program, sent from where they are, and what lies between them.
    case parts([[UInt8]])
    /// Either, and the descriptors that it counts.
    case carrying([[UInt8]], DescriptorGroup)

    /// In bytes.
    package var count: Int {
        switch self {
        case .whole(let bytes): bytes.count
        case .parts(let parts), .carrying(let parts, _): parts.reduce(0) { $0 + $1.count }
        }
    }

    var parts: [[UInt8]] {
        switch self {
        case .whole(let bytes): [bytes]
        case .parts(let parts), .carrying(let parts, _): parts
        }
    }

    var descriptors: DescriptorGroup? { if case .carrying(_, let group) = self { group } else { nil } }
}
