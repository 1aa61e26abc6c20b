import ActorCluster
import Distributed

/// Calls that fail in every way while they carry a secret.
extension Probe {
    /// What it got.
    public distributed func keep(_ secret: Locked) -> Locked { secret }

    /// Returns what the caller cannot decode.
    public distributed func lock(_ secret: String) -> Locked { Locked(secret) }

    /// Returns it among others.
    public distributed func lockAll(_ secret: String) -> [String: [Locked]] { [secret: [Locked(secret)]] }

    /// Returns what cannot be encoded.
    public distributed func lose(_ secret: String) -> [String: Unencodable] { [secret: Unencodable()] }

    /// Takes what cannot be decoded, by name.
    public distributed func keep(all secrets: [String: Locked]) {}

    /// Takes what cannot be decoded, in fields.
    public distributed func keep(box: LockedBox) {}

    /// Takes what cannot be encoded, by name.
    public distributed func lose(all secrets: [String: Unencodable]) {}

    /// Throws.
    public distributed func reject(_ secret: String) throws { throw ListedError(code: 401, hint: "wrong password") }

    /// Throws what is not listed.
    public distributed func rejectUnlisted(_ secret: String) throws {
        throw UnlistedError(description: "wrong password")
    }

    /// Returns after this long.
    public distributed func hold(_ secret: String, milliseconds: Int) async throws -> Int {
        try await Task.sleep(for: .milliseconds(milliseconds))
        return secret.utf8.count
    }

    /// Leaves.
    public distributed func leave(_ secret: String) { leaveProcess(3) }
}

/// Encodes as a text and decodes as one of a few words, so decoding it fails.
public struct Locked: Codable, Sendable {
    private let secret: String

    /// With this text.
    public init(_ secret: String) { self.secret = secret }

    /// Fails, with words of the standard library's choice.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        secret = try container.decode(Mood.self).rawValue
    }

    /// As text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(secret)
    }
}

/// A field that fails to decode.
public struct LockedBox: Codable, Sendable {
    private let locked: [Locked]

    /// With this text.
    public init(_ secret: String) { locked = [Locked(secret)] }
}
