import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

extension SharingTests {
    @Suite("reports that a primary does not read")
    struct LostReports {
        @Test("past 1 MiB they are dropped, and a ping brings their number; none is lost without being counted")
        func counted() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let arguments = try Body.encode("r") + Body.encode(40_000)
                try primary.send(Targets.named("Probe.report(_:count:)"), arguments)
                // It has made all of them when it rests: nobody has read one.
                #expect(Processes.waitUntilIdle(primary.worker.pid, within: .seconds(20)))
                var (told, lost, isDone) = (0, 0, false)
                while !isDone, let frame = try primary.receive() {
                    switch frame.kind {
                    case .report where frame.body.isEmpty: lost += Int(frame.id)
                    case .report: (told, lost) = (told + 1, lost + Int(frame.id))
                    // Its answer comes after the last of them that could be sent.
                    case .reply: try primary.pipe.send(OutgoingFrame(.ping, FrameNumbers(1)))
                    case .pong: isDone = true
                    default: break
                    }
                }
                #expect(told > 1_000 && lost > 1_000)
                #expect(told + lost == 40_000)
            }
        }
    }
}
