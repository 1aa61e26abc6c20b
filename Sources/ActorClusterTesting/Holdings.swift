import ProcessIO

/// What this process holds of the system, which is what workers cost it.
package struct Holdings: Equatable, Sendable {
    /// Worker processes, alive or zombies.
    package var children: [Int32] = []
    /// What its open descriptors are, but for those that Swift makes for its timers at the first use and keeps.
    package var descriptors: [String] = []
    /// The names of the threads that the library has made.
    package var threads: [String] = []
    /// Descriptors that the event loop watches, and timers that are set in it.
    package var watched = 0
    package var timers = 0

    package init() {}

    package static func current() async throws -> Holdings {
        let loop = try EventLoop.shared()
        // Made once, like the loop.
        try await suspended { waiter in
            loop.execute { waiter.resume(returning: Result { _ = try SignalSource.shared(loop) }) }
        }.get()
        var holdings = Holdings()
        holdings.children = Processes.children(named: "FaultyWorkers")
        holdings.descriptors = Processes.descriptors.filter { !$0.hasSuffix("[timerfd]") }
        holdings.threads = Processes.threads.filter { $0.hasPrefix("ac-") }
        (holdings.watched, holdings.timers) = await suspended { waiter in
            loop.execute { waiter.resume(returning: loop.load) }
        }
        return holdings
    }

    /// What is left of invariants I2, I3 and I4's subjects since `before`. The library makes each of its threads once
    /// and keeps it, some of them once for each of so many clusters at one time; those that Swift runs tasks on come and go as it
    /// likes.
    package func leftovers(since before: Holdings, clusters: Int = 1) -> [String] {
        var found: [String] = []
        if timers > before.timers { found.append("I2: \(timers - before.timers) timers are left in the event loop") }
        if !children.isEmpty { found.append("I3: worker processes are left: \(children)") }
        if descriptors.count > before.descriptors.count {
            var new = descriptors.sorted()
            for old in before.descriptors { new.firstIndex(of: old).map { _ = new.remove(at: $0) } }
            found.append("I4: descriptors are left: \(new)")
        }
        if watched > before.watched {
            found.append("I4: \(watched - before.watched) descriptors are still watched by the event loop")
        }
        for name in Set(threads)
        where threads.count(where: { $0 == name }) > max(clusters, before.threads.count { $0 == name }) {
            found.append("I4: there are \(threads.count { $0 == name }) threads \(name)")
        }
        return found
    }
}

extension Processes {
    /// What this process's open descriptors are, such as `socket:[17]`; the one that it takes to ask among them.
    package static var descriptors: [String] { entries(of: "/proc/self/fd").map { target(of: "/proc/self/fd/\($0)") } }

    /// The names of this process's threads.
    package static var threads: [String] {
        entries(of: "/proc/self/task").map { String(read("/proc/self/task/\($0)/comm").dropLast()) }
    }
}
