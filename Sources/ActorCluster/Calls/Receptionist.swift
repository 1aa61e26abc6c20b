import Distributed

/// What workers ask of each other by way of the primary. It lives in each worker under a number that all know.
distributed actor Receptionist {
    typealias ActorSystem = ClusterActorSystem

    /// Of the numbers that no actor of a program ever gets.
    static let number = UInt64.max - 3

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Does nothing. When it has, all calls that its caller had made before by way of the primary have begun, or never
    /// will.
    distributed func reach() {}
}
