/// Evaluates the types at the start of a mangled function type.
///
/// Follows `Demangler::demangleOperator` of the Swift runtime, for the spellings that can occur in the type of a
/// distributed method: what must be `Codable` is nominal, but its generic arguments may be anything.
struct MangledTypeReader {
    private var reader: TokenReader
    private var stack = MangledNodeStack()

    init(_ tokens: [TypeToken]) { reader = TokenReader(tokens[...]) }

    /// What has not been read yet: after `readUpToFunctionOperator`, the conventions.
    var unread: ArraySlice<TypeToken> { reader.unread }

    /// What lies on the stack below the generic signature, if that is nothing but types.
    var types: [MangledType]? {
        var types: [MangledType] = []
        for node in stack.nodes.last == .genericSignature ? stack.nodes.dropLast() : stack.nodes[...] {
            guard case .type(let type) = node else { return nil }
            types.append(type)
        }
        return types
    }

    /// Reads up to and with the `I` that ends the types. Inside a type there is none that is known here.
    mutating func readUpToFunctionOperator() throws(UnknownSpelling) {
        while let token = reader.first {
            if case .character("0"..."9") = token {
                try reader.identifier()
                try stack.pushSubstitutable(.identifier)
                continue
            }
            _ = reader.next()
            switch token {
            case .actorClass(let descriptor): try stack.pushSubstitutable(.type(.actorClass(descriptor)))
            case .nominalType, .protocolType: try stack.pushSubstitutable(.type(.other))
            case .existentialShape: try stack.push(.existentialShape)
            case .unknownReference: throw UnknownSpelling()
            case .character("I"): return
            case .character(let letter): try apply(letter)
            }
        }
        throw UnknownSpelling()
    }

    private mutating func apply(_ letter: Unicode.Scalar) throws(UnknownSpelling) {
        switch letter {
        case "A": try readSubstitutions()
        case "G": try bindGenericArguments()
        case "H": try readConformance()
        case "K": try stack.push(.functionAttribute)
        case "Q": try readDependentType()
        case "R": try readRequirement()
        case "S": try readStandardType()
        case "X": try readSpecialType()
        case "Y": try readAnnotation()
        case "c": try makeFunction()
        case "g": try makeRetroactiveConformance()
        case "h", "m", "n", "z": try makeType { stack throws(UnknownSpelling) in try stack.popType() }
        case "l": try makeGenericSignature()
        case "p": try makeExistential()
        case "q": try readGenericParameter()
        case "r": try readParameterCounts()
        case "s": try stack.push(.module)
        case "t": try makeTuple()
        case "x": try stack.push(.type(.firstGenericParameter))
        case "y": try stack.push(.emptyList)
        case "_": try stack.push(.firstElement)
        case "$": try readInteger()
        default: throw UnknownSpelling()
        }
    }

    /// Replaces some operands by a type of no further interest.
    private mutating func makeType(
        _ popOperands: (inout MangledNodeStack) throws(UnknownSpelling) -> Void
    ) throws(UnknownSpelling) {
        try popOperands(&stack)
        try stack.push(.type(.other))
    }
}

// MARK: - Names

extension MangledTypeReader {
    /// `A` and one letter per substitution, the last one a capital; a number before it repeats it. Large indices are
    /// numbers of their own, ended by `_`.
    private mutating func readSubstitutions() throws(UnknownSpelling) {
        while true {
            let number = try reader.natural()
            let letter = try reader.character()
            switch letter {
            case "a"..."z":
                try stack.pushSubstitution(Int(letter.value) - 97, count: max(number ?? 1, 1))
            case "A"..."Z":
                return try stack.pushSubstitution(Int(letter.value) - 65, count: max(number ?? 1, 1))
            case "_":
                return try stack.pushSubstitution((number ?? -1) + 27, count: 1)
            default:
                throw UnknownSpelling()
            }
        }
    }

    /// `Sg` is an optional, `So` and `SC` are the modules of imported C, all else are types of the standard library.
    private mutating func readStandardType() throws(UnknownSpelling) {
        if reader.skip("g") {
            try stack.popType()
            return try stack.pushSubstitutable(.type(.other))
        }
        if reader.skip("o") || reader.skip("C") { return try stack.push(.module) }
        let count = try reader.natural() ?? 1
        _ = reader.skip("c")
        try reader.letter()
        for _ in 0..<max(count, 1) { try stack.push(.type(.other)) }
    }
}

// MARK: - Structural types

extension MangledTypeReader {
    /// Arguments level by level: `y` before the first level, `_` before each further one. The type stays what it was:
    /// a generic actor is still that actor.
    private mutating func bindGenericArguments() throws(UnknownSpelling) {
        while stack.popIf(.retroactiveConformance) {}
        while true {
            while stack.popTypeIfAny() != nil {}
            if stack.popIf(.emptyList) { break }
            try stack.pop(.firstElement)
        }
        let type = try stack.popType()
        try stack.pushSubstitutable(.type(type))
    }

    private mutating func makeTuple() throws(UnknownSpelling) {
        try makeType { stack throws(UnknownSpelling) in
            try stack.popList { stack throws(UnknownSpelling) in
                _ = stack.popIf(.identifier)
                try stack.popType()
            }
        }
    }

    private mutating func makeFunction() throws(UnknownSpelling) {
        try makeType { stack throws(UnknownSpelling) in
            while stack.popIf(.functionAttribute) {}
            for _ in ["parameters", "result"] where !stack.popIf(.emptyList) { try stack.popType() }
        }
    }

    private mutating func makeExistential() throws(UnknownSpelling) {
        try makeType { stack throws(UnknownSpelling) in try stack.popProtocols() }
    }

    private mutating func readSpecialType() throws(UnknownSpelling) {
        let letter = try reader.character()
        try makeType { stack throws(UnknownSpelling) in
            switch letter {
            case "p": try stack.popType()  // metatype of an existential
            case "l": try stack.popProtocols()  // existential with AnyObject
            case "c":  // existential with a superclass
                try stack.popType()
                try stack.popProtocols()
            case "j":  // constrained existential
                while stack.popIf(.retroactiveConformance) {}
                while stack.popTypeIfAny() != nil {}
                try stack.pop(.existentialShape)
            default: throw UnknownSpelling()
            }
        }
    }

    /// Attributes of functions and of their parameters.
    private mutating func readAnnotation() throws(UnknownSpelling) {
        switch try reader.character() {
        case "a", "b", "A", "C", "T":  // async, @Sendable, @isolated(any), nonisolated(nonsending), sending result
            try stack.push(.functionAttribute)
        case "c", "K":  // global actor, typed throws
            try stack.popType()
            try stack.push(.functionAttribute)
        case "i", "u":  // isolated and sending parameters
            try makeType { stack throws(UnknownSpelling) in try stack.popType() }
        default: throw UnknownSpelling()
        }
    }

    /// A number as a generic argument; `n` before a negative one.
    private mutating func readInteger() throws(UnknownSpelling) {
        _ = reader.skip("n")
        _ = try reader.index()
        try stack.push(.type(.other))
    }
}

// MARK: - Generics

extension MangledTypeReader {
    private mutating func readGenericParameter() throws(UnknownSpelling) {
        try reader.genericParameter()
        try stack.push(.type(.other))
    }

    /// Associated types of generic parameters, and packs.
    private mutating func readDependentType() throws(UnknownSpelling) {
        switch try reader.character() {
        case "P":
            return try makeType { stack throws(UnknownSpelling) in
                try stack.popList { stack throws(UnknownSpelling) in try stack.popType() }
            }
        case "p":
            return try makeType { stack throws(UnknownSpelling) in
                try stack.popType()
                try stack.popType()
            }
        case "z": try stack.popAssociatedTypeName()
        case "y":
            try reader.genericParameter()
            try stack.popAssociatedTypeName()
        case "x":
            try stack.popAssociatedTypeName()
            try stack.popType()
        case "Z": try stack.popAssociatedTypePath()
        case "Y":
            try reader.genericParameter()
            try stack.popAssociatedTypePath()
        default: throw UnknownSpelling()
        }
        try stack.pushSubstitutable(.type(.other))
    }

    /// One requirement of a generic signature: who is constrained follows the letter, by what lies on the stack.
    private mutating func readRequirement() throws(UnknownSpelling) {
        if reader.skip(anyOf: "ctp") {  // an associated type: superclass, same type, protocol
            try reader.genericParameter()
            try stack.popAssociatedTypeName()
            stack.addSubstitution(.type(.other))
        } else if reader.skip(anyOf: "CTP") {  // the same through several associated types
            try reader.genericParameter()
            try stack.popAssociatedTypePath()
            stack.addSubstitution(.type(.other))
        } else if reader.skip(anyOf: "BSQ") {  // a type spelled before
            try stack.popType()
        } else {  // a generic parameter
            _ = reader.skip(anyOf: "bs")
            try reader.genericParameter()
        }
        try stack.popType()
        try stack.push(.requirement)
    }

    private mutating func makeGenericSignature() throws(UnknownSpelling) {
        while stack.popIf(.requirement) {}
        try stack.push(.genericSignature)
    }

    /// `r`, the number of parameters of each level, `l`.
    private mutating func readParameterCounts() throws(UnknownSpelling) {
        while !reader.skip("l") {
            if !reader.skip("z") { _ = try reader.index() }
        }
        try makeGenericSignature()
    }

    /// `HP` and `Hp`: a protocol whose conformance is its type's or its own module's. `HC`: a concrete conformance,
    /// with the conformances it depends on.
    private mutating func readConformance() throws(UnknownSpelling) {
        switch try reader.character() {
        case "P", "p":
            try stack.popType()
            try stack.push(.conformanceReference)
        case "C":
            try stack.popList { stack throws(UnknownSpelling) in try stack.pop(.conformance) }
            if !stack.popIf(.conformanceReference) {
                if !stack.popIf(.module) { try stack.pop(.identifier) }
                try stack.popType()
            }
            try stack.popType()
            try stack.push(.conformance)
        default: throw UnknownSpelling()
        }
    }

    private mutating func makeRetroactiveConformance() throws(UnknownSpelling) {
        _ = try reader.index()
        try stack.pop(.conformance)
        try stack.push(.retroactiveConformance)
    }
}
