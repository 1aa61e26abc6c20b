package import ProcessIO

/// Which descriptors belong to which frame of a pipe.
///
/// A `descriptors` frame says how many the next frame has; they come with its first byte. What comes otherwise, or does
/// not come, is no correct peer's doing.
package struct ArrivingDescriptors: Equatable, Sendable {
    /// Has come, and no frame has claimed it yet.
    private var arrival: DescriptorArrival?
    /// Of the next frame.
    private var next: DescriptorArrival?

    package init() {}

    /// A read has brought descriptors.
    package mutating func came(_ arrival: DescriptorArrival) throws(ProtocolViolation) {
        guard self.arrival == nil else { throw .strayDescriptors }
        self.arrival = arrival
    }

    /// The next frame has so many.
    package mutating func announced(_ count: UInt64) throws(ProtocolViolation) {
        guard let arrival, next == nil else { throw .strayDescriptors }
        if case .group(let group) = arrival, group.all.count != count { throw .strayDescriptors }
        (self.arrival, next) = (nil, arrival)
    }

    /// Those of a frame that has come. Control frames pass between the announcement and the frame that it means.
    package mutating func take(for kind: FrameKind) throws(ProtocolViolation) -> DescriptorArrival? {
        guard let next, !kind.isControl else { return nil }
        guard kind.mayCarryDescriptors else { throw .strayDescriptors }
        self.next = nil
        return next
    }

    /// All that one read brought has been looked at.
    package mutating func readIsOver(isBetweenFrames: Bool) throws(ProtocolViolation) {
        if arrival != nil, isBetweenFrames { throw .strayDescriptors }
    }
}
