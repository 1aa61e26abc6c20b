import ActorCluster
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary in a host program that does things with processes itself, or may not start any. It tells what it sees on
/// descriptor 3.
enum HostPrimary {
    static func run(_ arguments: [String]) async throws {
        switch arguments.first {
        case "own": try await withOwnChild()
        case "waiting":
            try startThread("host") {
                var status: Int32 = 0
                while true {
                    if waitpid(-1, &status, 0) < 0 { usleep(1_000) }
                }
            }
            try await replaceWorker()
        case "ignoring":
            signal(SIGCHLD, SIG_IGN)
            try await replaceWorker()
        case "crowded": try await withoutProcesses()
        default:
            print("usage: FaultyWorkers host own|waiting|ignoring|crowded")
            exit(2)
        }
        StoppingPrimary.tell("returned")
    }

    /// A worker leaves with code 3, and its replacement answers.
    private static func replaceWorker() async throws {
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let events = cluster.events
            let reader = Task {
                for await event in events { StoppingPrimary.tell("event \(event)") }
            }
            let pool = try await cluster.start(Groups.probes, count: 1)
            let old = pool.workers[0].pid
            do {
                try await pool.actor.exit(code: 3, call: 0)
            } catch {
                StoppingPrimary.tell("call \(error)")
            }
            let new = try await pool.actor.pid(call: 0)
            StoppingPrimary.tell("replaced \(new != old)")
            await cluster.shutDown()
            await reader.value
        }
    }

    private static func withOwnChild() async throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup("exit 7"), nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        posix_spawn(&pid, "/bin/sh", nil, nil, &arguments, environ)
        try await replaceWorker()
        var status: Int32 = 0
        let reaped = waitpid(pid, &status, 0)
        StoppingPrimary.tell("own \(reaped == pid) \((status >> 8) & 0xFF)")
    }

    /// Root may start as many processes as it likes, so it becomes nobody first.
    private static func withoutProcesses() async throws {
        if getuid() == 0, setgid(65_534) != 0 || setuid(65_534) != 0 { exit(3) }
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let events = cluster.events
            let pool = try await cluster.start(Groups.probes, count: 2)
            let old = pool.workers[0]
            let processes = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
            var limit = rlimit()
            getrlimit(processes, &limit)
            let before = limit
            limit.rlim_cur = 1
            setrlimit(processes, &limit)
            _ = try? await old.incarnation.exit(code: 3, call: 0)
            for await event in events {
                guard case .failedToInitialize(let why) = event.kind else { continue }
                StoppingPrimary.tell("failed \(why)")
                break
            }
            let served = try await pool.workers[1].actor.pid(call: 0) == pool.workers[1].pid
            StoppingPrimary.tell("served \(served)")
            var again = before
            setrlimit(processes, &again)
            let new = try await old.actor.pid(call: 0)
            StoppingPrimary.tell("replaced \(new != old.pid)")
        }
    }
}
