import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("ClusterStop", .computing)
struct ClusterStopTests {
    private var stop = ClusterStop(limit: .seconds(30))

    private func at(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }

    private mutating func ask(
        _ cause: ClusterStop.Cause, pools: Int = 2, at seconds: Double = 0
    ) -> [ClusterStop.Action] { stop.asked(by: cause, pools: pools, at: at(seconds)) }

    @Test("pools stop one after another; then the body is cancelled, and with its end all is over")
    mutating func inOrder() {
        #expect(ask(.signal) == [.begin, .stopPool])
        #expect(stop.poolStopped(left: 1) == [.stopPool])
        #expect(stop.poolStopped(left: 0) == [.cancelBody])
        #expect(stop.nextDeadline == at(30))
        #expect(stop.bodyEnded(pools: 0, at: at(1)) == [.end])
        #expect(stop.nextDeadline == nil)
        #expect(stop.tick(at: at(100)).isEmpty)
    }

    @Test("a body that ends by itself stops the pools")
    mutating func bodyEnds() {
        #expect(stop.bodyEnded(pools: 1, at: at(5)) == [.begin, .stopPool])
        #expect(stop.nextDeadline == at(35))
        #expect(stop.poolStopped(left: 0) == [.cancelBody, .end])
    }

    @Test("a body that ends while the pools stop is waited for no more")
    mutating func bodyEndsMeanwhile() {
        _ = ask(.signal)
        #expect(stop.bodyEnded(pools: 2, at: at(1)).isEmpty)
        #expect(stop.poolStopped(left: 0) == [.cancelBody, .end])
    }

    @Test("G-05: without pools nothing is waited for but the body; asked again, it begins nothing again")
    mutating func noPools() {
        #expect(ask(.program, pools: 0) == [.begin, .cancelBody])
        #expect(ask(.program, pools: 0).isEmpty)
        #expect(ask(.signal, pools: 0).isEmpty)
        #expect(stop.bodyEnded(pools: 0, at: at(0)) == [.end])
        #expect(ask(.signal, pools: 0).isEmpty)
    }

    @Test("G-04, H1: a second signal kills what is left and ends the process; more do nothing")
    mutating func secondSignal() {
        _ = ask(.signal)
        #expect(ask(.program, at: 0.1).isEmpty)
        #expect(ask(.signal, at: 0.3) == [.kill, .forceExit])
        #expect(ask(.signal, at: 0.4).isEmpty)
        #expect(stop.poolStopped(left: 0).isEmpty)
        #expect(stop.bodyEnded(pools: 0, at: at(1)).isEmpty)
        #expect(stop.nextDeadline == nil)
    }

    @Test("G-04: the limit of 30 s does the same, and 1 ms before it nothing")
    mutating func limit() {
        _ = ask(.signal)
        _ = stop.poolStopped(left: 1)
        #expect(stop.tick(at: at(29.999)).isEmpty)
        #expect(stop.tick(at: at(30)) == [.kill, .forceExit])
        #expect(stop.tick(at: at(31)).isEmpty)
    }

    @Test("a body that ignores its cancellation has the same 30 s")
    mutating func stubbornBody() {
        #expect(ask(.signal, pools: 0) == [.begin, .cancelBody])
        #expect(stop.tick(at: at(30)) == [.kill, .forceExit])
    }

    @Test("a stop that no signal asked for kills at its limit, and leaves the process alone")
    mutating func limitOfProgram() {
        _ = ask(.program)
        #expect(stop.tick(at: at(30)) == [.kill])
        #expect(stop.poolStopped(left: 1) == [.stopPool])
        #expect(stop.poolStopped(left: 0) == [.cancelBody])
        #expect(stop.bodyEnded(pools: 0, at: at(40)) == [.end])
    }

    @Test("a signal during a stop of the program's own makes it the process's: the next forces, and so does the limit")
    mutating func signalDuringStop() {
        _ = ask(.program)
        #expect(ask(.signal, at: 20).isEmpty)
        var forced = stop
        #expect(forced.asked(by: .signal, pools: 2, at: at(21)) == [.kill, .forceExit])
        #expect(stop.tick(at: at(30)) == [.kill, .forceExit])
    }

    @Test("a signal after the limit of the program's own stop ends the process at once")
    mutating func signalAfterLimit() {
        _ = ask(.program)
        #expect(stop.tick(at: at(30)) == [.kill])
        #expect(ask(.signal, at: 31) == [.kill, .forceExit])
    }

    @Test("when the process ends for another cluster's sake, this one is killed too, whatever it does")
    mutating func processEnds() {
        var running = stop
        #expect(running.processEnds() == [.begin, .kill])
        #expect(running.processEnds().isEmpty)
        _ = ask(.program)
        #expect(stop.processEnds() == [.kill])
        var over = ClusterStop(limit: .seconds(30))
        _ = over.bodyEnded(pools: 0, at: at(0))
        #expect(over.processEnds().isEmpty)
    }

    @Test("at random: the body is cancelled once and after the last pool, and every stop ends by its limit")
    func atRandom() {
        for seed in 1...UInt64(TestLength.rounds(2_000, long: 50_000)) {
            var (generator, run) = (SeededGenerator(seed: seed), RandomStop())
            run.go(using: &generator)
            for violation in run.violations { Issue.record("seed \(seed): \(violation)") }
        }
    }
}

/// A cluster whose pools and body end when they like, or never.
private struct RandomStop {
    private var stop = ClusterStop(limit: .seconds(30))
    private var (pools, now, begun) = (0, Instant.zero, Instant?.none)
    private var counts: [String: Int] = [:]
    private(set) var violations: [String] = []

    mutating func go(using generator: inout SeededGenerator) {
        pools = Int.random(in: 0...3, using: &generator)
        for _ in 0..<40 {
            switch Int.random(in: 0..<9, using: &generator) {
            case 0: perform(stop.asked(by: .signal, pools: pools, at: now))
            case 1: perform(stop.asked(by: .program, pools: pools, at: now))
            case 2 where !stop.isBodyOver: perform(stop.bodyEnded(pools: pools, at: now))
            case 3, 4:
                guard begun != nil, pools > 0 else { continue }
                pools -= 1
                perform(stop.poolStopped(left: pools))
            default:
                let end = now + .seconds(Int.random(in: 0...12, using: &generator))
                now = min(end, max(now, stop.nextDeadline ?? end))
                perform(stop.tick(at: now))
            }
            check()
        }
    }

    private mutating func perform(_ actions: [ClusterStop.Action]) {
        for action in actions {
            counts["\(action)", default: 0] += 1
            switch action {
            case .begin: begun = now
            case .stopPool where pools == 0: violations.append("a pool is stopped that is not there")
            case .cancelBody where pools > 0: violations.append("the body is cancelled while pools are left")
            case .end where !stop.isBodyOver: violations.append("it is over before its body")
            default: break
            }
        }
    }

    private mutating func check() {
        for action in ["begin", "cancelBody", "end", "forceExit"] where counts[action, default: 0] > 1 {
            violations.append("\(action) twice")
        }
        guard let begun, now - begun >= .seconds(30), stop.nextDeadline == nil || pools == 0 else { return }
        if pools > 0, counts["kill"] == nil { violations.append("\(pools) pools live \(now - begun) after the stop") }
    }
}
