/// The lowered type of a distributed thunk: `(arguments…, Self) async -> (result, any Error)`.
///
/// Mangled in postfix order (docs/ABI/Mangling.rst in the Swift repository): the types, the generic signature if there
/// is one, then `I` and one letter for the convention of each parameter and result. The last parameter is `Self`.
package struct MangledThunkType: Hashable, Sendable {
    package let tokens: [TypeToken]

    package init(_ tokens: [TypeToken]) { self.tokens = tokens }

    /// Nil when it cannot be told for certain whose method it is; then it is not callable.
    package func signature(isGeneric: Bool) -> ThunkSignature? {
        evaluatedSignature ?? (isGeneric ? nil : signatureByOnlyActor)
    }

    /// From a full evaluation; nil when any part is spelled in a way that is not known here.
    package var evaluatedSignature: ThunkSignature? {
        var reader = MangledTypeReader(tokens)
        guard (try? reader.readUpToFunctionOperator()) != nil,
            let conventions = try? FunctionConventions(reader.unread),
            let types = reader.types, types.count == conventions.typeCount
        else { return nil }
        switch types[conventions.parameterCount - 1] {
        case .actorClass(let descriptor):
            return ThunkSignature(receiver: .actorClass(descriptor), argumentCount: conventions.argumentCount)
        case .firstGenericParameter:
            return ThunkSignature(receiver: .conformingActor, argumentCount: conventions.argumentCount)
        case .other:
            return nil
        }
    }

    /// For thunks that are not generic and have a type of unknown spelling among their arguments.
    ///
    /// Their `Self` is a concrete actor class and named in the type: if only one actor class is named, that is the one.
    /// In a generic thunk it could be an argument's.
    private var signatureByOnlyActor: ThunkSignature? {
        var found: UInt?
        for token in tokens {
            switch token {
            case .actorClass(let descriptor):
                if let found, found != descriptor { return nil }
                found = descriptor
            case .unknownReference:
                return nil
            case .character, .nominalType, .protocolType, .existentialShape:
                continue
            }
        }
        guard let found, let start = tokens.lastIndex(of: .character("H")),
            let operation = tokens[..<start].lastIndex(of: .character("I")),
            let conventions = try? FunctionConventions(tokens[(operation + 1)...])
        else { return nil }
        return ThunkSignature(receiver: .actorClass(found), argumentCount: conventions.argumentCount)
    }
}

/// What follows the `I` of a thunk's type: `e`, `t` for thin, `M` or `W` for a method, `H` for async, then conventions.
///
/// Letters as in `ASTMangler::appendImplFunctionType`.
private struct FunctionConventions {
    private(set) var parameterCount = 0
    private(set) var typeCount = 0
    private var implicitCount = 0

    /// Neither `Self` nor what the compiler adds, such as the caller's isolation, is an argument.
    var argumentCount: Int { parameterCount - implicitCount - 1 }

    init(_ tokens: ArraySlice<TypeToken>) throws(UnknownSpelling) {
        var letters = TokenReader(tokens)
        _ = letters.skip("e")
        guard letters.skip("t"), letters.skip(anyOf: "MW") else { throw UnknownSpelling() }
        _ = letters.skip("h")
        guard letters.skip("H") else { throw UnknownSpelling() }
        while letters.skip(anyOf: "iclbnxgy") {
            parameterCount += 1
            _ = letters.skip("T")  // sending
            _ = letters.skip("I")  // isolated
            if letters.skip("L") { implicitCount += 1 }
        }
        typeCount = parameterCount
        while letters.skip(anyOf: "rodua") { typeCount += 1 }
        guard letters.skip("z"), letters.skip(anyOf: "rodua"), letters.skip("_"), letters.isAtEnd, argumentCount >= 0
        else { throw UnknownSpelling() }
        typeCount += 1
    }
}
