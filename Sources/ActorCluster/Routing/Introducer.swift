package import ProcessIO

/// In the primary: gives two workers a pipe of their own. The event loop's alone.
package final class Introducer: Sendable {
    /// Why a worker gets no pipe.
    enum Refusal: UInt64 {
        case notNow = 0
        case never = 1
    }

    package typealias MakePair = @Sendable () throws(SystemError) -> (SharedDescriptor, SharedDescriptor)

    private let table = LoopConfined(Introductions())
    private let loop: EventLoop
    private let makePair: MakePair

    package init(
        loop: EventLoop, makePair: @escaping MakePair = { () throws(SystemError) in try Socket.sharedPair() }
    ) {
        (self.loop, self.makePair) = (loop, makePair)
    }

    /// Pipes between workers.
    package var pipes: Int { table.with(loop) { $0.count } }

    /// A worker wants a pipe to another process; `nil`: there is none.
    package func asked(by peer: Peer, for process: UInt64, _ other: Peer?) {
        let own = peer.worker.incarnation
        guard let other, other !== peer, !other.isDraining, !peer.isDraining else {
            return refuse(peer, process, .never)
        }
        guard other.isGreeted else { return refuse(peer, process, .notNow) }
        switch table.with(loop, { $0.asked(by: own, for: process) }) {
        case .introduce(let number): introduce(peer, other, number)
        case .onItsWay: break
        case .full: refuse(peer, process, .notNow)
        }
    }

    private func introduce(_ peer: Peer, _ other: Peer, _ number: UInt64) {
        do {
            let (end, otherEnd) = try makePair()
            let frame = try OutgoingFrame.introduced(to: other.worker, number: number, end)
            other.send(try .introduced(to: peer.worker, number: number, otherEnd))
            peer.send(frame)
        } catch {
            // As many descriptors as may be: the worker asks again.
            table.with(loop) { $0.parted(peer.worker.incarnation, other.worker.incarnation, number: number) }
            refuse(peer, other.worker.incarnation, .notNow)
        }
    }

    private func refuse(_ peer: Peer, _ process: UInt64, _ why: Refusal) {
        peer.send(OutgoingFrame(.parted, FrameNumbers(process, why.rawValue)))
    }

    /// A worker has lost the pipe to another one, or could not take it.
    func parted(_ process: UInt64, from other: UInt64, number: UInt64) {
        table.with(loop) { $0.parted(process, other, number: number) }
    }

    func ended(_ worker: WorkerID) { table.with(loop) { $0.ended(worker.incarnation) } }
}
