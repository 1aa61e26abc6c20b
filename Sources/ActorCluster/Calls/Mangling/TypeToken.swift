/// One piece of a mangled type, with its references already followed.
///
/// Mangled types in an image name nominal types and protocols by reference to their context descriptors, so two actors
/// of the same name are two addresses. Only `TargetRecords` makes these from memory; everything after it is a value.
package enum TypeToken: Hashable, Sendable {
    case character(Unicode.Scalar)
    /// The context descriptor of an actor class, by address.
    case actorClass(UInt)
    /// Any other class, structure or enumeration.
    case nominalType
    case protocolType
    /// The shape of a constrained existential type such as `any Sequence<Int>`.
    case existentialShape
    case unknownReference
}

/// What the type of a distributed thunk says of the method.
package struct ThunkSignature: Hashable, Sendable {
    package enum Receiver: Hashable, Sendable {
        /// The actor class the method belongs to, by the address of its context descriptor.
        case actorClass(UInt)
        /// Whatever actor conforms: the method is a protocol's, or a protocol extension's.
        case conformingActor
    }

    package let receiver: Receiver
    /// Arguments of the method, `self` not counted.
    package let argumentCount: Int

    package init(receiver: Receiver, argumentCount: Int) {
        self.receiver = receiver
        self.argumentCount = argumentCount
    }
}
