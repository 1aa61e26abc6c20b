import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Things that have happened in this process, by name.
enum Counters {
    private struct State {
        var counts: [String: Int] = [:]
        var waiters: [(name: String, count: Int, waiter: Suspension<Void>)] = []
    }

    private static let state = Lock(State())

    static func add(_ name: String) {
        let done = state.withLock { state in
            state.counts[name, default: 0] += 1
            let count = state.counts[name, default: 0]
            let done = state.waiters.filter { $0.name == name && $0.count <= count }.map(\.waiter)
            state.waiters.removeAll { $0.name == name && $0.count <= count }
            return done
        }
        for waiter in done { waiter.resume() }
    }

    static func count(of name: String) -> Int { state.withLock { $0.counts[name] ?? 0 } }

    static func wait(for name: String, count: Int) async {
        await suspended { waiter in
            let isDone = state.withLock { state in
                if state.counts[name] ?? 0 >= count { return true }
                state.waiters.append((name, count, waiter))
                return false
            }
            if isDone { waiter.resume() }
        }
    }
}

/// Ends the connection on descriptor 3 in both directions.
func shutDownPipe() { shutdown(3, Int32(SHUT_RDWR)) }

func leaveProcess(_ code: Int32) -> Never { exit(code) }
