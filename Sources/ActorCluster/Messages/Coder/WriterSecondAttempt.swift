/// A nested container of the second attempt: its text is inserted here at the end.
struct Insert {
    let offset: Int
    let writer: MessageWriter
}

// The second attempt at a value that wrote to its containers out of turn. Each nested container has a writer of its
// own, so the order of writing does not matter; keys get no numbers, because the order of the text is not known yet.
extension MessageWriter {
    @inline(never)
    func writePatiently<T: Encodable>(_ value: T, from start: Int, firstNumber: UInt32) throws {
        keyTables.forgetNumbers(from: firstNumber, generation: generation)
        nextNumber = firstNumber
        startOver(from: start)
        isPatient = true
        defer {
            isPatient = false
            startOver(from: count)
        }
        try writeValue(value)
        let text = try assembledText(from: start)
        count = start
        reserve(text.count)
        text.withUnsafeBytes { put($0.baseAddress, $0.count) }
    }

    private func startOver(from start: Int) {
        cut(to: start)
        top = 0
        base = 1
        level = 0
        wrappers = 0
        isOutOfTurn = false
        failure = nil
        inserts = []
    }

    /// The writer of a nested container. One byte holds its place.
    func insertedWriter() -> MessageWriter {
        let inner = MessageWriter(keyTables: keyTables, capacity: 64)
        inner.isPatient = true
        (inner.actorSystem, inner.outermost) = (actorSystem, outermost ?? self)
        inner.level = levelBelow
        if inner.level > MessageLimits.depth, failure == nil { failure = tooDeep() }
        inserts.append(Insert(offset: count, writer: inner))
        append(ValueTag.null)
        return inner
    }

    /// What was written from `start` on, with the nested containers in their places.
    private func assembledText(from start: Int) throws -> [UInt8] {
        while top > 0 { closeFrame() }
        if let failure { throw failure }
        if isOutOfTurn { throw error("A container was used after its value was encoded.") }
        if count == start { writeEmptyContainer() }
        var text: [UInt8] = []
        var copied = start
        for insert in inserts {
            text += UnsafeBufferPointer(start: buffer + copied, count: insert.offset - copied)
            text += try insert.writer.assembledText(from: 0)
            copied = insert.offset + 1
        }
        text += UnsafeBufferPointer(start: buffer + copied, count: count - copied)
        return text
    }
}
