import CShims
import Distributed

/// An actor that is not kept alive by this, and costs its users nothing: a `weak` reference would make every retain and
/// release of the actor, in the program's own code too, several times slower.
///
/// Only for actors whose end takes this value out of reach first, under the lock that `take` is called under: a
/// distributed actor tells its system (`resignID`) before its memory goes.
// Unchecked: the pointer is only used under that lock, while the memory is there.
struct ActorReference: @unchecked Sendable {
    private unowned(unsafe) let actor: any DistributedActor
    private let object: UnsafeRawPointer

    init(_ actor: any DistributedActor) {
        self.actor = actor
        object = UnsafeRawPointer(Unmanaged<AnyObject>.passUnretained(actor).toOpaque())
    }

    /// `nil`: it is on its way out.
    func take() -> (any DistributedActor)? {
        guard let retained = ac_try_retain(object) else { return nil }
        defer { Unmanaged<AnyObject>.fromOpaque(retained).release() }
        return actor
    }
}
