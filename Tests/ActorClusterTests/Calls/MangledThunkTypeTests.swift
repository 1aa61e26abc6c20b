import ActorCluster
import ActorClusterTesting
import Testing

@Suite("TargetTable: types of thunks", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct MangledThunkTypeTests {
    private static let selfClass = TypeToken.actorClass(1)
    private static let other = TypeToken.actorClass(2)

    /// `any Error` and the conventions of a method with `arguments` arguments that returns a class.
    private static func ending(arguments: Int) -> [TypeToken] {
        [.protocolType] + letters("_pIetMH" + String(repeating: "gT", count: arguments) + "gozo_")
    }

    private static func letters(_ text: String) -> [TypeToken] { text.unicodeScalars.map(TypeToken.character) }

    // MARK: - What is evaluated

    @Test("every type the compiler emits for the odd actors is evaluated, not guessed")
    func everyOddActor() throws {
        let records = try TargetRecords.read().filter { $0.name.hasPrefix("$s17ActorClusterTests") }
        #expect(records.count >= 55)
        for record in records { #expect(record.type.evaluatedSignature != nil, "\(record.name)") }
    }

    @Test("self is the last parameter, whatever actors stand before and after it")
    func lastParameter() {
        let expected = ThunkSignature(receiver: .actorClass(1), argumentCount: 1)
        let tokens = [Self.other, Self.selfClass] + Self.letters("AA") + Self.ending(arguments: 1)
        #expect(MangledThunkType(tokens).evaluatedSignature == expected)
        #expect(MangledThunkType(tokens).signature(isGeneric: true) == expected)
    }

    @Test("self of a protocol extension is not the actor that it takes as an argument")
    func protocolExtension() {
        let signature: [TypeToken] = [.protocolType] + Self.letters("_p") + [.protocolType] + Self.letters("Rzl")
        let tokens = [Self.other] + Self.letters("xAA") + signature + Self.letters("IetMHgTgozo_")
        let expected = ThunkSignature(receiver: .conformingActor, argumentCount: 1)
        #expect(MangledThunkType(tokens).signature(isGeneric: true) == expected)
    }

    @Test("a protocol takes a substitution number like any other reference")
    func protocolSubstitution() {
        let argument: [TypeToken] = [.nominalType] + Self.letters("y") + [.protocolType] + Self.letters("_pG")
        // 0: the generic type, 1: the protocol, 2: the bound type, 3: Self, which is also returned.
        let tokens = argument + [Self.selfClass] + Self.letters("AD") + Self.ending(arguments: 1)
        #expect(MangledThunkType(tokens).evaluatedSignature?.receiver == .actorClass(1))
    }

    @Test("an implicit leading parameter is no argument")
    func implicitParameter() {
        let tokens = Self.letters("Si") + [Self.selfClass] + Self.letters("Si") + [.protocolType]
        let signature = MangledThunkType(tokens + Self.letters("_pIetMHgILgdzo_")).evaluatedSignature
        #expect(signature == ThunkSignature(receiver: .actorClass(1), argumentCount: 0))
    }

    // MARK: - What is not

    @Test("with a spelling that is not known, the only actor class named is self, unless the thunk is generic")
    func onlyActor() {
        let unknown = Self.letters("Q?") + [Self.selfClass, Self.selfClass] + Self.ending(arguments: 1)
        #expect(MangledThunkType(unknown).evaluatedSignature == nil)
        let expected = ThunkSignature(receiver: .actorClass(1), argumentCount: 1)
        #expect(MangledThunkType(unknown).signature(isGeneric: false) == expected)
        #expect(MangledThunkType(unknown).signature(isGeneric: true) == nil)
    }

    @Test("with a spelling that is not known and two actor classes, there is no telling")
    func severalActors() {
        let unknown = Self.letters("Q?") + [Self.selfClass, Self.other] + Self.ending(arguments: 1)
        #expect(MangledThunkType(unknown).signature(isGeneric: false) == nil)
        let reference: [TypeToken] = [.unknownReference, Self.selfClass, Self.selfClass] + Self.ending(arguments: 1)
        #expect(MangledThunkType(reference).signature(isGeneric: false) == nil)
    }

    @Test("types and conventions must agree in number")
    func disagreement() {
        let tokens = [Self.other, Self.selfClass] + Self.letters("AA") + Self.ending(arguments: 2)
        #expect(MangledThunkType(tokens).signature(isGeneric: true) == nil)
        #expect(MangledThunkType(Self.ending(arguments: 0)).signature(isGeneric: true) == nil)
    }

    @Test("a type that is cut off anywhere is not callable")
    func truncated() throws {
        for record in try TargetRecords.read() {
            for length in record.type.tokens.indices {
                let cut = MangledThunkType(Array(record.type.tokens.prefix(length)))
                #expect(cut.signature(isGeneric: false) == nil && cut.signature(isGeneric: true) == nil)
            }
        }
    }

    @Test("numbers and repetitions beyond all bounds are refused")
    func bounds() {
        for text in [
            "S999999i", "S9999999999999999999999i", "SiA", "A_", "A0A", "A1_", "999999x", "00", "0", "$", "q99",
        ] {
            let tokens = Self.letters(text) + [Self.selfClass, Self.other] + Self.ending(arguments: 1)
            #expect(MangledThunkType(tokens).signature(isGeneric: true) == nil, "\(text)")
        }
        let nested = Array(repeating: TypeToken.nominalType, count: 100_000) + Self.ending(arguments: 1)
        #expect(MangledThunkType(nested).signature(isGeneric: false) == nil)
    }

    @Test("many random changes to real types never crash, and never name an actor that is not in the type")
    func mutations() throws {
        var random = SeededGenerator(seed: 7)
        let originals = try TargetRecords.read().map(\.type.tokens)
        let pool =
            originals.flatMap { $0 } + [.unknownReference, .existentialShape]
            + (33..<127).map {
                .character(Unicode.Scalar(UInt8($0)))
            }
        var invented = 0
        for _ in 0..<TestLength.rounds(200_000, unoptimized: 50_000, long: 2_000_000) {
            var tokens = originals.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&tokens, from: pool, &random) }
            for isGeneric in [false, true] {
                let signature = MangledThunkType(tokens).signature(isGeneric: isGeneric)
                guard case .actorClass(let descriptor) = signature?.receiver else { continue }
                if !tokens.contains(.actorClass(descriptor)) { invented += 1 }
            }
        }
        #expect(invented == 0)
    }

    private func mutate(_ tokens: inout [TypeToken], from pool: [TypeToken], _ random: inout SeededGenerator) {
        guard !tokens.isEmpty, let token = pool.randomElement(using: &random) else { return }
        let place = Int.random(in: tokens.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: tokens[place] = token
        case 1: tokens.insert(token, at: place)
        case 2: tokens.remove(at: place)
        case 3: tokens.swapAt(place, Int.random(in: tokens.indices, using: &random))
        default: tokens.append(contentsOf: tokens[place...])
        }
    }
}
