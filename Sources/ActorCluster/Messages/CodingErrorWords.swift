/// Marks the coder's own errors: their words hold types and sizes, never values.
///
/// Those of others may: the standard library's "Cannot initialize Mood from invalid String value …" quotes what a
/// caller has sent.
struct CodersOwnWords: Error {}

/// The words of an encoding or decoding error for other processes and for logs: where and what, never the values.
func describe(_ error: any Error) -> String {
    switch error {
    case EncodingError.invalidValue(_, let context):
        words(context.codingPath, context.debugDescription, context.underlyingError, else: "it cannot be encoded")
    case DecodingError.dataCorrupted(let context):
        words(context, else: "it is not what its type accepts")
    case DecodingError.keyNotFound(_, let context):
        words(context, else: "a field is missing")
    case DecodingError.typeMismatch(let type, let context):
        words(context, else: "Expected \(type) but found something else.")
    case DecodingError.valueNotFound(let type, let context):
        words(context, else: "Expected \(type) but found nothing.")
    case let error as CallError: error.description
    case let error as StreamError: error.description
    default: _typeName(type(of: error), qualified: true)
    }
}

private func words(_ context: DecodingError.Context, else general: String) -> String {
    words(context.codingPath, context.debugDescription, context.underlyingError, else: general)
}

private func words(_ path: [any CodingKey], _ text: String, _ mark: (any Error)?, else general: String) -> String {
    let text = mark is CodersOwnWords ? text : general
    return path.isEmpty ? text : "\(path.map { name(of: $0) }.joined(separator: ".")): \(text)"
}

/// A field's name or an index. A dictionary's key is a value, and not told.
private func name(of key: some CodingKey) -> String {
    if let key = key as? WireKey { return key.isName ? key.stringValue : "[…]" }
    // As in `KeyTable`: the keys of a type of one byte or none are names that the program lists.
    return MemoryLayout.size(ofValue: key) <= 1 ? key.stringValue : "[…]"
}
