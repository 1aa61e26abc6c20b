import Distributed
import ProcessIO

/// The primary's listeners as its workers see them.
///
/// A worker asks for a connection when its program wants one, and takes it in a second step, before the program sees it. So what
/// a worker has not taken is never lost with it, and what it has taken is never given to another.
distributed actor ConnectionDesk {
    typealias ActorSystem = ClusterActorSystem

    /// Of the numbers that no actor of a program ever gets.
    static let number = UInt64.max - 2

    private let exchange: ConnectionExchange

    init(_ exchange: ConnectionExchange, actorSystem: ClusterActorSystem) {
        self.exchange = exchange
        self.actorSystem = actorSystem
    }

    /// Waits until there is such a listener.
    distributed func open(_ wish: ListenerWish) async -> ListenerAnswer { await exchange.open(wish) }

    /// Waits until there is a connection; `nil`: there are none for this process any more. `ended`: how many of those that
    /// it has taken are over.
    distributed func next(of listener: UInt64, for process: UInt64, ended: UInt64) async -> HandedConnection? {
        await exchange.handOver(listener)?.next(for: process, ended: ended)
    }

    /// False: it has been given to another process meanwhile.
    distributed func take(_ connection: UInt64, of listener: UInt64, for process: UInt64, ended: UInt64) -> Bool {
        exchange.handOver(listener)?.takes(connection, process, ended: ended) ?? false
    }

    /// All that this process has had to do with connections so far.
    distributed func report(_ reports: [ConnectionReport], of process: UInt64) {
        exchange.report(reports, of: process)
    }
}
