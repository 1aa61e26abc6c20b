public import ActorCluster
public import Distributed

/// What the tests' topics carry.
public struct Note: Codable, Hashable, Sendable {
    /// Who has published it.
    public var publisher: Int
    /// Counts up from 1; 0 is the last one.
    public var number: Int

    /// A message.
    public init(publisher: Int, number: Int) { (self.publisher, self.number) = (publisher, number) }

    /// What listeners stop at.
    public static let end = Note(publisher: -1, number: 0)
}

/// What a listener has heard of one topic.
public struct Hearing: Codable, Hashable, Sendable {
    /// Notes that came, the end aside.
    public var heard = 0
    /// Notes that came late, or a second time.
    public var outOfOrder = 0
    /// What was dropped by its subscription's account.
    public var dropped = 0
    private var last: [Int: Int] = [:]

    /// Nothing yet.
    public init() {}

    /// Takes note of one.
    public mutating func add(_ note: Note) {
        heard += 1
        if note.number <= last[note.publisher, default: 0] { outOfOrder += 1 }
        last[note.publisher] = note.number
    }

    /// Reads until the end comes.
    public static func all(of subscription: Subscription<Note>) async -> Hearing {
        var hearing = Hearing()
        for await note in subscription {
            if note == .end { break }
            hearing.add(note)
        }
        hearing.dropped = subscription.dropped
        return hearing
    }
}

/// How a listener subscribes.
public struct Listening: Codable, Sendable {
    /// The topic's name.
    public var topic: String
    /// As in `subscribe`.
    public var buffer = 1_024
    /// As in `subscribe`.
    public var whenFull = TopicOverflow.dropOldest
    /// As in `subscribe`.
    public var latest = false
    /// Whether it reads; otherwise it holds the subscription, and reads when it is asked what it has heard.
    public var reads = true

    /// With the defaults of `subscribe`.
    public init(_ topic: String) { self.topic = topic }
}

/// A root actor that publishes and subscribes.
public distributed actor Subscriber {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var subscriptions: [String: [Subscription<Note>]] = [:]
    private var readers: [String: [Task<Hearing, Never>]] = [:]
    var hearers: [Hearer] = []

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Subscribes.
    public distributed func listen(_ wish: Listening) async throws {
        let subscription = try await actorSystem.subscribe(
            to: Topic<Note>(wish.topic), buffer: wish.buffer, whenFull: wish.whenFull, latest: wish.latest)
        guard wish.reads else { return subscriptions[wish.topic, default: []].append(subscription) }
        readers[wish.topic, default: []].append(Task.detached { await Hearing.all(of: subscription) })
    }

    /// Subscribes with messages of another type.
    public distributed func misunderstand(_ topic: String) async -> String {
        do {
            _ = try await actorSystem.subscribe(to: Topic<[String]>(topic))
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    /// What each of its subscriptions to a topic has got, when the end has come.
    public distributed func hearings(of topic: String) async -> [Hearing] {
        var hearings: [Hearing] = []
        for reader in readers.removeValue(forKey: topic) ?? [] { hearings.append(await reader.value) }
        for subscription in subscriptions.removeValue(forKey: topic) ?? [] {
            hearings.append(await Hearing.all(of: subscription))
        }
        return hearings
    }

    /// Publishes notes with rising numbers, one after another; the last one's count of processes.
    public distributed func publish(_ count: Int, to topic: String, as publisher: Int) async throws -> Int {
        var processes = 0
        for number in 1...count {
            let note = Note(publisher: publisher, number: number)
            processes = try await actorSystem.publish(note, to: Topic<Note>(topic))
        }
        return processes
    }
}

extension Groups {
    /// Workers that publish and subscribe.
    public static let listeners = WorkerGroup("listeners") { worker in Subscriber(actorSystem: worker.actorSystem) }
}
