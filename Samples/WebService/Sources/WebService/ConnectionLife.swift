/// What becomes of an HTTP connection whose worker is to leave.
///
/// A client sends its next request when it likes, and must not find the connection closed under it. So a worker that is
/// to leave says in the head of the next response that it is the last, and closes after it; only a connection on which
/// nothing comes for a while is closed without a word.
struct ConnectionLife: Equatable {
    enum Action: Equatable {
        /// Look again after so long.
        case wait(Duration)
        case close
    }

    /// For a request that is on its way. A slower client finds the connection closed, and has to send it on another.
    static let patience = Duration.seconds(1)

    private var open = 0
    private var isDraining = false
    private var isLast = false

    /// The worker is to leave.
    mutating func drain() -> Action? {
        guard !isDraining else { return nil }
        isDraining = true
        return open == 0 ? .wait(Self.patience) : nil
    }

    mutating func requestBegan() { open += 1 }

    /// Whether the head has to say that this response is the last.
    mutating func responseBegan() -> Bool {
        isLast = isDraining && open == 1
        return isLast
    }

    mutating func responseEnded() -> Action? {
        open = max(0, open - 1)
        if isLast { return .close }
        return isDraining && open == 0 ? .wait(Self.patience) : nil
    }

    /// The time that `wait` told has passed.
    func waited() -> Action? { open == 0 ? .close : nil }
}
