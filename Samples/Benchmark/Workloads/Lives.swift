import ActorCluster

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Workload {
    func measureStart(_ plan: Plan) async throws -> [String: Double] {
        try await Cluster.run(Subject.group) { cluster in
            var times: [Double] = []
            var memory: MemoryUse?
            for start in 1...plan.starts {
                let begin = now()
                let pool = try await cluster.start(Subject.group, count: 1)
                _ = try await pool.workers[0].actor.echo(smallMessage)
                times.append(Double(now() - begin) / 1e6)
                if start == plan.starts {
                    try await Task.sleep(for: .seconds(plan.settling))
                    memory = pool.workers[0].pid.flatMap(Machine.memory)
                }
                await pool.stop()
            }
            var figures = ["W6 spawn_ms": Distribution(times).median]
            figures["W6 rss_mb"] = memory?.resident
            figures["W6 pss_mb"] = memory?.proportional
            return figures
        }
    }

    func measureRestart(_ plan: Plan) async throws -> [String: Double] {
        var options = PoolOptions()
        // Killed on purpose, again and again: no pause, and no giving up.
        options.backoff = .none
        options.intensity = .unlimited
        return try await withWorkers(1, options: options) { pool in
            let subject = pool.workers[0].actor
            var process = try await subject.processID()
            var times: [Double] = []
            for _ in 0..<plan.kills {
                // A worker that has just begun may still be busy with that.
                try await Task.sleep(for: .milliseconds(20))
                let begin = now()
                kill(process, SIGKILL)
                process = try await firstAnswer(from: subject, after: process)
                times.append(Double(now() - begin) / 1e6)
            }
            return ["W7 restart_ms": Distribution(times).median]
        }
    }
}

/// Calls until another process answers, and returns which.
private func firstAnswer(from subject: Subject, after dead: Int32) async throws -> Int32 {
    while true {
        do {
            let process = try await subject.processID()
            if process != dead { return process }
        } catch CallError.workerDied {
            // Sent before the death was known. The next one waits for the replacement.
        }
    }
}
