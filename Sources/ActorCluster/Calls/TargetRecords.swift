import CShims

/// One distributed method as the runtime has it on record.
package struct TargetRecord: Hashable, Sendable {
    /// The identifier of its `RemoteCallTarget`.
    package let name: String
    /// Where the zero-terminated bytes of the name lie: in the image, for as long as it is loaded.
    package let nameAddress: UInt
    package let type: MangledThunkType
    /// Nil: neither the method nor its actor is generic, nor is it a protocol's.
    package let environment: GenericEnvironment?

    package init(name: String, nameAddress: UInt, type: MangledThunkType, environment: GenericEnvironment?) {
        self.name = name
        self.nameAddress = nameAddress
        self.type = type
        self.environment = environment
    }
}

/// The generic parameters of a method, and what they must conform to; `Self` of a protocol is one of them.
package struct GenericEnvironment: Hashable, Sendable {
    /// Of the runtime's description, which lies in the image.
    package let address: UInt
    package let parameterCount: Int

    package init(address: UInt, parameterCount: Int) {
        self.address = address
        self.parameterCount = parameterCount
    }
}

/// Reads the `swift5_accessible_functions` records of every image loaded now. What `dlopen` loads later is not seen.
package enum TargetRecords {
    package static func read() throws(TargetTableError) -> [TargetRecord] {
        var records: [TargetRecord] = []
        for target in try copyTargets() {
            guard let name = target.name, let type = target.function_type else { throw .unknownLayout }
            let environment = target.generic_environment.map {
                GenericEnvironment(address: UInt(bitPattern: $0), parameterCount: Int(ac_generic_parameter_count($0)))
            }
            records.append(
                TargetRecord(
                    name: String(cString: name), nameAddress: UInt(bitPattern: name),
                    type: MangledThunkType(tokens(of: type)), environment: environment))
        }
        return records
    }

    /// Counts, then copies; once more if an image was loaded in between.
    private static func copyTargets() throws(TargetTableError) -> [ac_target] {
        var targets: [ac_target] = []
        while true {
            let count = targets.withUnsafeMutableBufferPointer {
                ac_copy_targets($0.baseAddress, $0.count)
            }
            if count == AC_TARGETS_NOT_AVAILABLE { throw .notAvailable }
            if count < 0 { throw .unknownLayout }
            if count == targets.count { return targets }
            targets = Array(repeating: ac_target(), count: count)
        }
    }

    /// Follows references only from where the compiler put them.
    private static func tokens(of type: UnsafePointer<CChar>) -> [TypeToken] {
        var tokens: [TypeToken] = []
        var token = ac_type_token()
        var next = ac_next_type_token(type, &token)
        while let following = next {
            tokens.append(TypeToken(token))
            next = ac_next_type_token(following, &token)
        }
        return tokens
    }
}

extension TypeToken {
    fileprivate init(_ token: ac_type_token) {
        self =
            switch token.kind {
            case AC_TOKEN_CHARACTER: .character(Unicode.Scalar(token.character))
            case AC_TOKEN_ACTOR_CLASS: .actorClass(UInt(bitPattern: token.descriptor))
            case AC_TOKEN_NOMINAL_TYPE: .nominalType
            case AC_TOKEN_PROTOCOL: .protocolType
            case AC_TOKEN_EXISTENTIAL_SHAPE: .existentialShape
            default: .unknownReference
            }
    }
}
