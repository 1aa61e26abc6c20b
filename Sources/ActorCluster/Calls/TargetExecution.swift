import Distributed

/// The one place that enters the runtime to run a method that another process called.
///
/// It takes the official way, `executeDistributedTarget`, which does not check that the target belongs to the actor: the
/// caller has found `target` in the table of that actor's type.
enum TargetExecution {
    static func run(
        _ target: Target, on actor: some DistributedActor, arguments: [UInt8], handler: ClusterResultHandler
    ) async {
        guard target.argumentCount > 0 || arguments.isEmpty else {
            return handler.fail(Failure(.malformedMessage, text: "\(arguments.count) bytes for no argument"))
        }
        var decoder = ClusterInvocationDecoder(
            arguments, count: target.argumentCount,
            substitutions: target.isProtocolRequirement ? [type(of: actor)] : [],
            system: handler.system)
        do {
            try await handler.system.executeDistributedTarget(
                on: actor, target: RemoteCallTarget(target.name), invocationDecoder: &decoder, handler: handler)
        } catch {
            // The runtime refused before the method ran.
            handler.fail(Failure(.unknownTarget, text: "\(error)"))
        }
    }
}
