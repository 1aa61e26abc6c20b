/// The error types that cross the pipe as themselves: `ClusterOptions.errors`, by their full names.
///
/// A name from a peer is looked up here and nowhere else; it never reaches the runtime.
package struct ErrorTypes: Sendable {
    private let types: [String: any (Error & Codable).Type]

    package init(_ types: [any (Error & Codable).Type] = []) {
        self.types = Dictionary(types.map { (_typeName($0, qualified: true), $0) }) { first, _ in first }
    }

    /// The error's fields, if its type is listed and they encode.
    package func encode(_ error: any Error) -> [UInt8]? {
        guard types[_typeName(type(of: error), qualified: true)] != nil, let error = error as? any Error & Codable
        else {
            return nil
        }
        return try? Body.encode(error)
    }

    /// The error itself, if its type is listed here too and the fields fit.
    package func decode(_ failure: Failure) -> (any Error)? {
        guard let fields = failure.fields, let type = types[failure.typeName] else { return nil }
        return fields.withUnsafeBytes { Self.decode(type, from: $0) }
    }

    private static func decode<Failed: Error & Codable>(
        _ type: Failed.Type, from bytes: UnsafeRawBufferPointer
    ) -> (any Error)? {
        try? Body.decode(type, from: bytes)
    }
}
