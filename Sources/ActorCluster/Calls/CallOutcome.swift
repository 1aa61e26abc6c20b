/// How a call ended, before it is turned into a result or an error.
package enum CallOutcome: Sendable {
    case reply(ReceivedMessage)
    case failure(Failure)
    case cancelled
    /// `nil`: no worker had been found yet.
    case timeout(WorkerID?, Delivery)
    case died(WorkerID, ExitStatus, Delivery)
    /// So many wait already for this worker or pool.
    case overloaded(String, waiting: Int, limit: Int)
    case noWorker(group: String)
    case noProcess(ActorID)
    /// It has not been made, and goes another way now. No caller sees this.
    case rerouted
}

extension CallOutcome {
    /// The method has not run and will not: another worker may be asked.
    var mayGoElsewhere: Bool {
        switch self {
        case .died(_, _, .notSent): true
        case .failure(let failure): failure.reason == .shuttingDown
        default: false
        }
    }

    var isDeath: Bool { if case .died = self { true } else { false } }

    /// A failure tells which worker it comes from, unless it comes from farther away.
    func seen(at worker: WorkerID) -> CallOutcome {
        guard case .failure(var failure) = self, failure.worker == nil else { return self }
        failure.worker = worker
        return .failure(failure)
    }

    /// Of a call that the primary passes on: it is not the primary that did not answer.
    var relayed: CallOutcome {
        if case .timeout(_, let delivery) = self { .timeout(nil, delivery) } else { self }
    }

    /// How a call that this process passed on is answered.
    func answer(_ id: CallID) -> OutgoingFrame {
        switch self {
        case .reply(let message): .reply(id: id, message: message.message)
        case .failure(let failure): .failure(failure, id: id)
        case .cancelled: .failure(Failure(.cancelled), id: id)
        case .timeout(let worker, let delivery):
            .failure(Failure(.timeout, worker: worker, delivery: delivery), id: id)
        case .died(let worker, let status, let delivery):
            .failure(Failure(.workerDied, worker: worker, status: status, delivery: delivery), id: id)
        case .overloaded(let group, let waiting, let limit):
            .failure(Failure(.overloaded, text: group, bytes: waiting, limit: limit), id: id)
        case .noWorker(let group): .failure(Failure(.noWorker, text: group), id: id)
        case .noProcess(let address): .failure(Failure(.targetMissing, text: address.absence), id: id)
        case .rerouted: preconditionFailure(ClusterActorSystem.madeNowhere)
        }
    }
}

extension ActorID {
    /// That nobody is there.
    var absence: String {
        switch scope {
        case .incarnation: "there is no process \(self) (any more)"
        case .slot, .pool: "no pool of that group is running, or it has no such slot: \(self)"
        }
    }
}
