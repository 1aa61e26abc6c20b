import ProcessIO

extension Cluster {
    /// What all pools do and have done, at this interval; default 5 s, at least 10 ms. The first comes after one interval.
    ///
    /// A reader that is slower than the interval misses what came meanwhile: each element is taken when it is asked
    /// for and due. Ends when the cluster stops or the reading task is cancelled.
    public func statistics(every interval: Duration = .seconds(5)) -> StatisticsStream {
        StatisticsStream(cluster: self, interval: interval)
    }

    /// What all pools do and have done, since each was started.
    public var statistics: ClusterStatistics {
        let pools = state.withLock { $0.pools }
        return ClusterStatistics(
            pools: pools.map { $0.routes.statistics(pingEvery: $0.options.health.every) })
    }
}

/// The statistics of a cluster, again and again.
public struct StatisticsStream: AsyncSequence, Sendable {
    /// What it gives.
    public typealias Element = ClusterStatistics
    /// It does not fail.
    public typealias Failure = Never

    fileprivate let cluster: Cluster
    fileprivate let interval: Duration

    /// Begins now.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(cluster: cluster, interval: Swift.max(interval, Limits.statisticsEvery))
    }

    /// Takes one after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let cluster: Cluster
        private let interval: Duration
        private var next: Instant

        fileprivate init(cluster: Cluster, interval: Duration) {
            self.cluster = cluster
            self.interval = interval
            next = MonotonicClock.now + interval
        }

        /// The next; `nil`: the cluster stops, or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> ClusterStatistics? {
            let pause = Swift.max(.zero, next - MonotonicClock.now)
            guard (try? await Task.sleep(for: pause, clock: .suspending)) != nil,
                !cluster.state.withLock({ $0.isStopping })
            else { return nil }
            // Ticks that have passed while nobody asked are passed over.
            let now = MonotonicClock.now
            while next <= now { next = next + interval }
            return cluster.statistics
        }
    }
}
