import CShims

/// An actor type as the runtime knows it.
struct ActorClass {
    private let metadata: UnsafeRawPointer
    private let description: UnsafeRawPointer

    /// Nil unless the type is an actor class.
    init?(_ type: any Any.Type) {
        // A metatype is a pointer to the type's metadata: TargetMetadata in swift/ABI/Metadata.h.
        metadata = unsafeBitCast(type, to: UnsafeRawPointer.self)
        guard let description = ac_class_descriptor(metadata), ac_class_is_actor(description) else { return nil }
        self.description = description
    }

    /// The address of its context descriptor: one per class, whatever its generic arguments are.
    var descriptor: UInt { UInt(bitPattern: description) }

    /// Whether the class or a type or function around it has generic parameters.
    var isGeneric: Bool { ac_class_is_generic(description) }

    /// Whether it can be `Self` in this environment.
    func satisfies(_ environment: GenericEnvironment) -> Bool {
        let requirements = UnsafeRawPointer(bitPattern: environment.address)
        return environment.parameterCount == 1
            ? ac_satisfies_environment(requirements, metadata)
            : ac_satisfies_self_protocols(requirements, metadata)
    }
}
