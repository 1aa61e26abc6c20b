import ActorCluster
import Testing

/// The bytes of a message with one value.
func encoded<T: Encodable>(_ value: T) throws -> [UInt8] {
    let writer = MessageWriter.borrow()
    defer { writer.giveBack() }
    try writer.write(value)
    return Array(writer.bytes)
}

/// The one value of a message.
func decoded<T: Decodable>(_ type: T.Type = T.self, from message: [UInt8]) throws -> T {
    let reader = MessageReader.borrow()
    defer { reader.giveBack() }
    let value = try reader.next(type, in: message)
    guard reader.position == message.count else { throw TrailingBytes(count: message.count - reader.position) }
    return value
}

extension MessageReader {
    /// Reads the next value from a copy of the message that is gone afterwards.
    func next<T: Decodable>(_ type: T.Type, in message: [UInt8]) throws -> T {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 1)
        copy.copyBytes(from: message)
        defer {
            copy.initializeMemory(as: UInt8.self, repeating: 0xAA)
            copy.deallocate()
        }
        return try read(type, from: UnsafeRawBufferPointer(copy))
    }
}

struct TrailingBytes: Error, Equatable {
    let count: Int
}

func roundTrip<T: Codable>(_ value: T) throws -> T { try decoded(from: encoded(value)) }

func expectRoundTrip<T: Codable & Equatable>(
    _ value: T, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(throws: Never.self, sourceLocation: sourceLocation) {
        let message = try encoded(value)
        let copy = try decoded(T.self, from: message)
        #expect(copy == value, "\(message)", sourceLocation: sourceLocation)
    }
}

/// Expects a `DecodingError` and gives it.
func decodingError<T: Decodable>(
    _ type: T.Type, from message: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
) -> DecodingError? {
    #expect(throws: DecodingError.self, sourceLocation: sourceLocation) {
        try decoded(type, from: message)
    }
}

extension DecodingError {
    var context: Context {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: Context(codingPath: [], debugDescription: "an unknown kind of error")
        }
    }

    /// The path as `list.Index 1.name`.
    var path: String { context.codingPath.map(\.stringValue).joined(separator: ".") }

    var text: String { context.debugDescription }

    var isTypeMismatch: Bool {
        if case .typeMismatch = self { true } else { false }
    }

    var isDataCorrupted: Bool {
        if case .dataCorrupted = self { true } else { false }
    }

    var missingKey: String? {
        if case .keyNotFound(let key, _) = self { key.stringValue } else { nil }
    }
}
