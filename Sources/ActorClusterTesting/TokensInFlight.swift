package import ProcessIO

extension WriteQueue {
    /// Of the frames whose last byte has been handed out and is not known to be written.
    package var tokensInFlight: [Token] {
        var tokens: [Token] = []
        Self.forEachToken(in: inFlight) { tokens.append($0) }
        return tokens
    }
}
