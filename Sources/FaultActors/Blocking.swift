import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// In which order numbered calls came.
struct CallOrder {
    var last = 0
    var inversions = 0
    var count = 0
}

private func burn(microseconds: Int) {
    let clock = SuspendingClock()
    let end = clock.now + .microseconds(microseconds)
    while clock.now < end {}
}

extension Probe {
    /// Blocks the thread in a system call.
    public distributed func sleepInC(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }

    /// Notes whether it comes after the call with the number before, and may block its thread for a while.
    public distributed func note(_ number: Int, blockMicroseconds: Int) {
        order.count += 1
        if number <= order.last { order.inversions += 1 }
        order.last = max(number, order.last)
        if blockMicroseconds > 0 { usleep(UInt32(blockMicroseconds)) }
    }

    /// How many calls of `note` there were, and how many came before one that was made earlier.
    public distributed func noted() -> [Int] { [order.count, order.inversions] }

    /// Does one after another what a method may do to its executor; each number is one thing.
    public distributed func wander(_ steps: [UInt8]) async -> [UInt8] {
        for step in steps { await Wanderer.take(step) }
        return steps
    }
}

extension Bouncer {
    /// Blocks the thread, computing.
    public distributed func spin(milliseconds: Int) { burn(microseconds: milliseconds * 1_000) }

    /// Blocks the thread in a system call.
    public distributed func sleepInC(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }
}

extension Bouncer {
    /// Lets `wait` through in this process.
    public distributed func open(_ gate: String) { Counters.add(gate) }

    /// Returns once the gate is open in this process.
    public distributed func wait(for gate: String) async { await Counters.wait(for: gate, count: 1) }

    /// The names of the threads that run this method, before it has waited for another one's gate and after.
    public distributed func threads(around gate: String, of other: Bouncer) async throws -> [String] {
        let before = Surroundings.lines(of: "/proc/thread-self/comm")
        try await other.wait(for: gate)
        return before + Surroundings.lines(of: "/proc/thread-self/comm")
    }
}

/// Things that a method may do.
private enum Wanderer {
    static func take(_ step: UInt8) async {
        let pause = UInt32(step) * 12
        switch step % 9 {
        case 0: await Task.yield()
        case 1: try? await Task.sleep(for: .microseconds(Int(step) * 10))
        case 2: usleep(pause)
        case 3: burn(microseconds: Int(pause))
        case 4:
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<4 { group.addTask { burn(microseconds: index * 50) } }
            }
        case 5: await Neighbour.shared.visit(pause)
        case 6: await Elsewhere.visit()
        case 7:
            let sleeping = Task { try? await Task.sleep(for: .seconds(60)) }
            sleeping.cancel()
            await sleeping.value
        default: await Task.detached { await Task.yield() }.value
        }
    }
}

private actor Neighbour {
    static let shared = Neighbour()
    private var visits = 0

    func visit(_ pause: UInt32) async {
        visits += 1
        if visits % 3 == 0 { await Task.yield() }
        usleep(pause)
    }
}

@globalActor
private actor Elsewhere {
    static let shared = Elsewhere()

    @Elsewhere static var visits = 0
    @Elsewhere static func visit() { visits += 1 }
}
