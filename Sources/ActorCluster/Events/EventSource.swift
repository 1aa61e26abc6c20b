import ProcessIO

/// Where the events of a cluster, or of one of its pools, are told and read. Any thread; telling costs two free locks
/// and waits for nobody.
final class EventSource: Sendable {
    private typealias Log = EventLog<ClusterEvent, Suspension<ClusterEvent?>>

    /// `nil`: the cluster's.
    private let group: String?
    /// Gets every event, too.
    private let cluster: EventSource?
    private let log = Lock(Log())

    /// The cluster's.
    init() { (group, cluster) = (nil, nil) }

    /// A pool's.
    init(group: String, cluster: EventSource) { (self.group, self.cluster) = (group, cluster) }

    // MARK: Telling

    func publish(_ kind: ClusterEvent.Kind, of worker: WorkerID? = nil) {
        publish(ClusterEvent(kind, group: group, worker: worker))
    }

    private func publish(_ event: ClusterEvent) {
        let woken = log.withLock { $0.append(event, bytes: event.kind.size) }
        for reader in woken { reader.resume(returning: event) }
        cluster?.publish(event)
    }

    /// Nothing more will be told here.
    func finish() {
        for reader in log.withLock({ $0.finish() }) { reader.resume(returning: nil) }
    }

    // MARK: Reading

    func addReader() -> UInt64 { log.withLock { $0.addReader() } }

    func removeReader(_ number: UInt64) {
        for reader in log.withLock({ $0.removeReader(number) }) { reader.resume(returning: nil) }
    }

    /// `nil`: there is none to come, or the task is cancelled, which ends this reader.
    nonisolated(nonsending) func next(of number: UInt64) async -> ClusterEvent? {
        await withTaskCancellationHandler {
            await suspended { waiter in
                let reading = log.withLock { log in
                    let reading = log.read(number)
                    if case .nothing = reading { log.wait(number, waiter) }
                    return reading
                }
                switch reading {
                case .event(let event): waiter.resume(returning: event)
                case .missed(let count): waiter.resume(returning: ClusterEvent(.missed(count)))
                case .over: waiter.resume(returning: nil)
                case .nothing: break
                }
            }
        } onCancel: {
            removeReader(number)
        }
    }
}
