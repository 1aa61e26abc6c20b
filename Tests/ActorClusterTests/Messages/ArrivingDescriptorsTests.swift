import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("ArrivingDescriptors", .computing)
struct ArrivingDescriptorsTests {
    private var arriving = ArrivingDescriptors()
    private let group: DescriptorGroup

    init() throws {
        let (left, right) = try Socket.sharedPair()
        group = DescriptorGroup([left, right])
    }

    @Test("descriptors belong to the next frame that is no control frame")
    mutating func nextFrame() throws {
        try arriving.came(.group(group))
        try arriving.announced(2)
        try arriving.readIsOver(isBetweenFrames: true)
        #expect(try arriving.take(for: .ping) == nil)
        #expect(try arriving.take(for: .call) == .group(group))
        #expect(try arriving.take(for: .call) == nil)
        #expect(arriving == ArrivingDescriptors())
    }

    @Test("descriptors may come before the frame that announces them is complete, and be lost")
    mutating func earlyAndLost() throws {
        try arriving.came(.lost)
        try arriving.readIsOver(isBetweenFrames: false)
        try arriving.announced(2)
        #expect(try arriving.take(for: .reply) == .lost)
    }

    @Test("what is announced and does not come, comes and is not announced, or is not as many, is a violation")
    mutating func violations() throws {
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.announced(1) }
        try arriving.came(.group(group))
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.readIsOver(isBetweenFrames: true) }
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.came(.lost) }
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.announced(1) }
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.announced(3) }
        try arriving.announced(2)
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.take(for: .error) }
        #expect(throws: ProtocolViolation.strayDescriptors) { try arriving.announced(2) }
    }
}
