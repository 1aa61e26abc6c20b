/// A distributed method that may be called on the actor type it was looked up for.
package struct Target: Hashable, Sendable {
    /// The identifier of its `RemoteCallTarget`.
    package let name: String
    /// Its index in the sorted names of the binary.
    package let number: Int
    /// Where the zero-terminated bytes of the name lie, for as long as the image is loaded.
    package let nameAddress: UInt
    package let argumentCount: Int
    /// A method with generic parameters of its own. It must be refused: the runtime cannot run it safely.
    package let isGeneric: Bool
    /// A method of a protocol or of a protocol extension. It is run with the actor's own type for `Self`.
    package let isProtocolRequirement: Bool
    let environment: GenericEnvironment?
}

/// Why a binary has no target table.
package enum TargetTableError: Error, Hashable, CustomStringConvertible {
    case notAvailable
    case unknownLayout

    package var description: String {
        switch self {
        case .notAvailable:
            "the records of distributed methods can be read on 64-bit Linux only"
        case .unknownLayout:
            "the records of distributed methods have a layout unknown to this version of ActorCluster; "
                + "build every part of the program with one Swift 6.3 toolchain"
        }
    }
}

/// Every distributed method of a binary, and which of them may be called on an actor type.
package struct TargetTable: Sendable {
    /// Read at first use, from the images loaded then.
    package static let ofThisBinary: Result<TargetTable, TargetTableError> =
        Result { () throws(TargetTableError) in TargetTable(try TargetRecords.read()) }

    /// Sorted; the index is the target's number.
    package let names: [String]
    /// FNV-1a, 64 bits, over the sorted names, each with a zero at its end: equal fingerprints mean equal tables.
    package let fingerprint: UInt64

    private let entries: [Entry]
    private let numbers: [String: Int]
    private let numbersByAddress: NumberTable<Int>
    private let numbersByActorClass: [UInt: [Int]]
    private let protocolNumbers: [Int]

    package init(_ found: [TargetRecord]) {
        var entries: [String: Entry] = [:]
        for entry in found.map(Entry.init) {
            // The runtime finds a target by its name alone: with two of the same name it could run the wrong one.
            entries[entry.name] = entries[entry.name].map { $0.merged(with: entry) } ?? entry
        }
        let sorted = entries.values.sorted { $0.name < $1.name }
        self.entries = sorted
        names = sorted.map(\.name)
        numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        numbersByAddress = Self.numbersByAddress(sorted)
        fingerprint = Self.fingerprint(of: names)

        var own: [UInt: [Int]] = [:]
        var ofProtocols: [Int] = []
        for (number, entry) in sorted.enumerated() {
            switch entry.signature?.receiver {
            case .actorClass(let descriptor): own[descriptor, default: []].append(number)
            case .conformingActor: ofProtocols.append(number)
            case nil: continue
            }
        }
        numbersByActorClass = own
        protocolNumbers = ofProtocols
    }

    /// The targets that may be called on an actor of exactly this type; none for a generic one.
    ///
    /// Asks the runtime about each protocol method of the binary: compute it once per type.
    package func targets(of type: any Any.Type) -> ActorTargets {
        guard let actor = ActorClass(type), !actor.isGeneric else { return ActorTargets([], of: type) }
        let own = numbersByActorClass[actor.descriptor] ?? []
        let conforming = protocolNumbers.filter { number in
            entries[number].environment.map(actor.satisfies) ?? false
        }
        return ActorTargets((own + conforming).compactMap(target), of: type)
    }

    /// Why actors of this type cannot be called from other processes, and what to do; nil if they can.
    package func refusalReason(for type: any Any.Type) -> String? {
        guard let actor = ActorClass(type) else {
            return "\(type) is not an actor: only a distributed actor can be called"
        }
        guard actor.isGeneric else { return nil }
        return "\(type) is generic, and the runtime does not check that a call was made for these type arguments: "
            + "use a distributed actor without generic parameters, outside of any generic type or function"
    }

    /// The number of a target of this binary, whichever type it belongs to.
    package func number(of name: String) -> Int? { numbers[name] }

    /// The same for the identifier of a call that this program makes.
    ///
    /// It is a literal of the program, and in an optimised build the very one that the record points to. So its address
    /// finds it faster than its text, which need not be hashed; any other string has another address.
    package func number(ofCalled identifier: String) -> Int? {
        let address = identifier.utf8.withContiguousStorageIfAvailable { UInt64(UInt(bitPattern: $0.baseAddress)) }
        return address.flatMap { numbersByAddress[$0] } ?? numbers[identifier]
    }

    private static func numbersByAddress(_ sorted: [Entry]) -> NumberTable<Int> {
        var numbers = NumberTable<Int>()
        for (number, entry) in sorted.enumerated() where entry.nameAddress > 0 {
            numbers.insert(UInt64(entry.nameAddress), number)
        }
        return numbers
    }

    /// A target's name for people, such as `Photos.Thumbnail.echo(_:)`; one that is not in this table, as it is.
    ///
    /// Only the binary's own copy of a name reaches the demangler, never bytes from a peer: two strings can be equal
    /// and yet differ in bytes.
    package func readableName(of name: String) -> String {
        guard let number = numbers[name] else { return name }
        return _getFunctionFullNameFromMangledName(mangledName: names[number]) ?? name
    }

    private func target(_ number: Int) -> Target? {
        let entry = entries[number]
        guard let signature = entry.signature else { return nil }
        return Target(
            name: entry.name, number: number, nameAddress: entry.nameAddress,
            argumentCount: signature.argumentCount, isGeneric: entry.isGeneric,
            isProtocolRequirement: signature.receiver == .conformingActor, environment: entry.environment)
    }

    private static func fingerprint(of names: [String]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in names {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = hash &* 0x100_0000_01B3
        }
        return hash
    }
}

/// A record, and what its type says.
private struct Entry: Hashable {
    let name: String
    let nameAddress: UInt
    let environment: GenericEnvironment?
    /// Nil: not callable.
    private(set) var signature: ThunkSignature?

    init(_ record: TargetRecord) {
        name = record.name
        nameAddress = record.nameAddress
        environment = record.environment
        signature = record.type.signature(isGeneric: record.environment != nil)
    }

    /// `Self` of a protocol method is a generic parameter too, but not one of the method's own.
    var isGeneric: Bool {
        guard let environment else { return false }
        return signature?.receiver != .conformingActor || environment.parameterCount > 1
    }

    /// Not callable unless both say the same.
    func merged(with other: Entry) -> Entry {
        if signature == other.signature, environment == other.environment { return self }
        var merged = self
        merged.signature = nil
        return merged
    }
}
