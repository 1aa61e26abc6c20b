/// Why an actor did not get a name, could not be had by it, or could not lose it.
public enum NameError: Error, Hashable, Sendable {
    /// An actor of this process has it.
    case taken(String, by: WorkerID)
    /// A name has 1 to 255 bytes and no control characters; the text is the name, or its beginning.
    case invalid(String)
    /// The process has as many names already as it may.
    case tooMany(limit: Int)
    /// The name belongs to an actor of the type `registered`, and `asked` was asked for.
    case otherType(String, registered: String, asked: String)
    /// The actor lives in another process, or belongs to another cluster: only its own process may name it.
    case notHere(ActorID)
    /// The actor does not have this name, so it cannot be taken from it.
    case notHeld(String, ActorID)
}

extension NameError: CustomStringConvertible {
    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .taken(let name, let worker): "the name \"\(name)\" is taken by an actor of \(worker)"
        case .invalid(let name): "\"\(name)\" cannot be a name: it must have 1 to 255 bytes, no control characters"
        case .tooMany(let limit): "this process has \(limit) names, and no more are allowed"
        case .otherType(let name, let registered, let asked): "\"\(name)\" is a \(registered) and no \(asked)"
        case .notHere(let id):
            "the actor \(id) does not live in this process: only its own one gives and takes its names"
        case .notHeld(let name, let id): "the actor \(id) does not have the name \"\(name)\""
        }
    }
}
