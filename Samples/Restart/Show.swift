import ActorCluster

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One run of the program: eight workers under load, harm after harm, and what came of it.
struct Show {
    private static let workers = 8
    private static let callers = 16
    private static let megabytesOfHarm = 200

    private let arguments: Arguments
    private let ledger = Ledger(slots: Self.workers)
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    init(_ arguments: Arguments) { self.arguments = arguments }

    private static var options: PoolOptions {
        var options = PoolOptions()
        // Harm is meant here, so no slot is given up for it or waits before it is filled again.
        options.intensity = .unlimited
        options.backoff = .none
        options.health = HealthPolicy(
            every: .milliseconds(200), suspectAfter: .milliseconds(600), unresponsiveAfter: .seconds(2))
        options.health.memoryEvery = .milliseconds(200)
        options.limits.memory = 128 << 20
        return options
    }

    /// Returns the exit code.
    func run() async throws -> Int32 {
        let descriptors = try await Cluster.run(Restart.laborers) { cluster in
            // What Swift itself opens for its first timer is not ours.
            try await Task.sleep(for: .milliseconds(1))
            let descriptors = Leftovers.descriptors()
            let stopping = Task {
                await cluster.waitUntilStopping()
                await ledger.interrupt()
            }
            defer { stopping.cancel() }
            let pool = try await cluster.start(Restart.laborers, count: Self.workers, options: Self.options)
            await perform(with: pool)
            return descriptors
        }
        return await report(descriptorsBefore: descriptors)
    }

    private func perform(with pool: WorkerPool<Laborer>) async {
        let watching = Task { [events = pool.events] in
            for await event in events {
                let line = await ledger.note(event)
                if let line, !isTerminal { print(line) }
            }
        }
        let drawing = Task { await draw(pool) }
        let measuring = Task { await measure(pool) }
        let calling = (0..<Self.callers).map { _ in Task { await call(pool.actor) } }
        await harm(pool)
        await ledger.endCalls()
        for task in calling { await task.value }
        measuring.cancel()
        drawing.cancel()
        await drawing.value
        watching.cancel()
    }

    // MARK: Load

    private func call(_ laborer: Laborer) async {
        while await ledger.begin() {
            do {
                await ledger.answer(from: try await laborer.work())
            } catch {
                await ledger.fail(error)
                // Those that fail at once, because all stops, are not to be many.
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    // MARK: Harm

    private func harm(_ pool: WorkerPool<Laborer>) async {
        var script = Script(slots: Self.workers)
        let pause = Duration.milliseconds(arguments.killEveryMilliseconds)
        while await ledger.elapsed < .seconds(arguments.seconds), await !ledger.isInterrupted {
            try? await Task.sleep(for: pause)
            let (workers, recoveries) = (pool.workers, await ledger.recoveries)
            let next = script.next { workers[$0].state == .ready && !recoveries.isOpen($0) }
            if let next { await harm(workers[next.slot], next.harm) }
        }
        // The last replacements get time to be ready.
        for _ in 0..<200 where await ledger.recoveries.open > 0 {
            if await ledger.isInterrupted { return }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func harm(_ worker: WorkerHandle<Laborer>, _ harm: Harm) async {
        guard let pid = worker.pid else { return }
        await ledger.harmed(harm, worker.id)
        if !isTerminal { print("\(Board.seconds(await ledger.elapsed))  \(worker.id): \(harm.rawValue)") }
        let laborer = worker.incarnation
        switch harm {
        case .killed: kill(pid, SIGKILL)
        case .hung: kill(pid, SIGSTOP)
        case .bloated: _ = Task { try? await laborer.bloat(megabytes: Self.megabytesOfHarm) }
        case .exited: _ = Task { try? await laborer.leave() }
        }
    }

    // MARK: Table

    private func draw(_ pool: WorkerPool<Laborer>) async {
        var screen = Screen()
        while true {
            let isLast = Task.isCancelled
            await ledger.look(at: pool.workers)
            if isTerminal {
                let lines = Board.live(await ledger.slots, await ledger.tally, elapsed: await ledger.elapsed)
                print(screen.draw(lines), terminator: "")
                fflush(nil)
            }
            if isLast { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func measure(_ pool: WorkerPool<Laborer>) async {
        while !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                for worker in pool.workers where worker.state == .ready {
                    group.addTask {
                        let report = try? await withCallTimeout(.milliseconds(300)) { try await worker.healthCheck() }
                        if let report { await ledger.measured(worker.id, memory: report.residentMemory) }
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    // MARK: End

    private func report(descriptorsBefore: Int) async -> Int32 {
        let (tally, recoveries) = (await ledger.tally, await ledger.recoveries)
        if !isTerminal {
            for line in Board.live(await ledger.slots, tally, elapsed: await ledger.elapsed) { print(line) }
        }
        for line in Board.summary(tally, recoveries) { print(line) }
        let pids = await ledger.pids
        let processes = Leftovers.processes(of: pids)
        // A task that learns just now how its call ended still holds the pipe.
        for _ in 0..<100 where Leftovers.descriptors() > descriptorsBefore {
            try? await Task.sleep(for: .milliseconds(10))
        }
        let descriptors = max(0, Leftovers.descriptors() - descriptorsBefore)
        print("left of \(pids.count) processes: \(processes.count); descriptors left: \(descriptors)")
        let isInterrupted = await ledger.isInterrupted
        if isInterrupted { print("interrupted before its time") }
        let isWhole = recoveries.replaced == recoveries.count || isInterrupted
        return tally.withoutOutcome == 0 && isWhole && processes.isEmpty && descriptors == 0 ? 0 : 1
    }
}
