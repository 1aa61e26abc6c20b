/// What is kept of a type: enough to recognise `Self`.
enum MangledType: Hashable {
    case actorClass(UInt)
    case firstGenericParameter
    case other
}

/// What can lie on the stack while a mangled type is evaluated; named as the nodes of the Swift demangler are.
enum MangledNode: Hashable {
    case type(MangledType)
    case identifier, module
    case emptyList, firstElement
    case functionAttribute
    case existentialShape
    case conformanceReference, conformance, retroactiveConformance
    case requirement, genericSignature
}

/// The operands of a postfix notation, and those that can be repeated by number.
struct MangledNodeStack {
    /// More than any real type needs; repeat counts could otherwise ask for a lot.
    private static let greatestDepth = 4096

    private(set) var nodes: [MangledNode] = []
    private var substitutions: [MangledNode] = []

    mutating func push(_ node: MangledNode) throws(UnknownSpelling) {
        guard nodes.count < Self.greatestDepth else { throw UnknownSpelling() }
        nodes.append(node)
    }

    /// Pushes what a later substitution may refer to.
    mutating func pushSubstitutable(_ node: MangledNode) throws(UnknownSpelling) {
        try push(node)
        addSubstitution(node)
    }

    mutating func addSubstitution(_ node: MangledNode) { substitutions.append(node) }

    mutating func pushSubstitution(_ index: Int, count: Int) throws(UnknownSpelling) {
        guard substitutions.indices.contains(index) else { throw UnknownSpelling() }
        for _ in 0..<count { try push(substitutions[index]) }
    }

    mutating func popIf(_ node: MangledNode) -> Bool {
        guard nodes.last == node else { return false }
        nodes.removeLast()
        return true
    }

    mutating func pop(_ node: MangledNode) throws(UnknownSpelling) {
        guard popIf(node) else { throw UnknownSpelling() }
    }

    mutating func popTypeIfAny() -> MangledType? {
        guard case .type(let type) = nodes.last else { return nil }
        nodes.removeLast()
        return type
    }

    @discardableResult
    mutating func popType() throws(UnknownSpelling) -> MangledType {
        guard let type = popTypeIfAny() else { throw UnknownSpelling() }
        return type
    }

    /// A list ends at its first element, which is marked; an empty one is a single node.
    mutating func popList(
        _ popElement: (inout MangledNodeStack) throws(UnknownSpelling) -> Void
    ) throws(UnknownSpelling) {
        if !popIf(.emptyList) { try popElements(popElement) }
    }

    mutating func popElements(
        _ popElement: (inout MangledNodeStack) throws(UnknownSpelling) -> Void
    ) throws(UnknownSpelling) {
        var isFirst = false
        while !isFirst {
            isFirst = popIf(.firstElement)
            try popElement(&self)
        }
    }

    /// The name of an associated type: an identifier, and its protocol where it could be another's.
    mutating func popAssociatedTypeName() throws(UnknownSpelling) {
        _ = popTypeIfAny()
        try pop(.identifier)
    }

    /// Associated types of associated types, as a list.
    mutating func popAssociatedTypePath() throws(UnknownSpelling) {
        try popElements { stack throws(UnknownSpelling) in try stack.popAssociatedTypeName() }
    }

    mutating func popProtocols() throws(UnknownSpelling) {
        try popList { stack throws(UnknownSpelling) in try stack.popType() }
    }
}
