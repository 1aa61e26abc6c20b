import CShims
package import ProcessIO

// How a task waits for its call. Of `withTaskCancellationHandler` only the two functions that it consists of are used,
// where they have been proved: with it a call changes its executor four times more, each time by a look under a lock of
// the task.
extension Peer {
    /// Makes a call and waits for its outcome. A task that is cancelled already should not come here: it would send the
    /// call and withdraw it.
    ///
    /// Whoever takes the call out of the table resumes it, so it is resumed exactly once.
    ///
    /// `holdsPlace`: a place that the caller has taken becomes the call's.
    package nonisolated(nonsending) func call(
        _ request: CallRequest, deadline: Instant, holdsPlace: Bool = false
    ) async -> CallOutcome {
        let id = nextID()
        #if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)
        // This object outlives its function.
        let notice = ac_begin_cancellation(Self.cancel, Unmanaged.passUnretained(self).toOpaque(), id)
        let outcome = await wait(id, request, deadline, holdsPlace)
        ac_end_cancellation(notice)
        return outcome
        #else
        return await withTaskCancellationHandler {
            await wait(id, request, deadline, holdsPlace)
        } onCancel: {
            cancel(id)
        }
        #endif
    }

    @inline(__always)
    private nonisolated(nonsending) func wait(
        _ id: CallID, _ request: CallRequest, _ deadline: Instant, _ holdsPlace: Bool
    ) async -> CallOutcome {
        await suspended { waiter in
            if let outcome = begin(id, request, deadline: deadline, waiter, holdsPlace: holdsPlace) {
                waiter.resume(returning: outcome)
            } else if Task.isCancelled {
                // A cancellation that came before the call was in the table has found nothing there.
                cancel(id)
            }
        }
    }

    private static let cancel: ac_cancel = { peer, id in
        guard let peer else { return }
        Unmanaged<Peer>.fromOpaque(peer).takeUnretainedValue().cancel(id)
    }
}
