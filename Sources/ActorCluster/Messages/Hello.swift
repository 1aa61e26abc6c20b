/// The first frame in each direction. Its number is magic and version, so that another protocol is recognised before
/// anything else is read.
package struct Hello: Codable, Equatable, Sendable {
    /// "ACLU" and the version of the protocol.
    package static let protocolVersion: UInt64 = 0x4143_4C55_0000_0007

    /// What is wrong with a first frame that has another number.
    package static func complaint(about version: UInt64) -> String {
        guard version >> 32 == protocolVersion >> 32 else { return "what it sent first is no hello of ActorCluster's" }
        let (theirs, ours) = (UInt32(truncatingIfNeeded: version), UInt32(truncatingIfNeeded: protocolVersion))
        return "it speaks version \(theirs) of the protocol and this process version \(ours); "
            + "build both programs with one version of ActorCluster"
    }

    /// What the primary tells a worker about itself.
    package struct Assignment: Codable, Equatable, Sendable {
        package var worker: WorkerID
        package var pool: UInt32
        package var frameLimit: Int
        package var callTimeout: Duration
        package var tags: Set<String>
        /// Whether its standard output is read line by line.
        package var printsToPipe = false
        /// The groups of the primary's `run`: a pool's number is its group's place among them.
        package var groups: [String] = []
        package var posts = PostOptions()

        package init(
            worker: WorkerID, pool: UInt32, frameLimit: Int, callTimeout: Duration, tags: Set<String> = []
        ) {
            self.worker = worker
            self.pool = pool
            self.frameLimit = frameLimit
            self.callTimeout = callTimeout
            self.tags = tags
        }
    }

    /// Of the sender's target table. Equal fingerprints mean equal numbers; otherwise each side sends its names next.
    package var fingerprint: UInt64
    /// From the primary only.
    package var assignment: Assignment?

    package init(fingerprint: UInt64, assignment: Assignment? = nil) {
        self.fingerprint = fingerprint
        self.assignment = assignment
    }
}

/// Why a call, or a worker's start, failed on the other side.
package struct Failure: Codable, Equatable, Sendable, Error {
    package enum Reason: UInt8, Codable, Sendable {
        case thrown, cancelled, unknownTarget, targetMissing, malformedMessage, notEncodable, tooLarge
        case shuttingDown, unsupported
        /// Also of a call that was passed on.
        case timeout
        case workerDied, overloaded, noWorker
        /// The message came without its descriptors: the process has as many as it may.
        case descriptorsLost
    }

    package var reason: Reason
    package var typeName = ""
    package var text = ""
    package var bytes = 0
    package var limit = 0
    /// Of an error that crosses as itself.
    package var fields: [UInt8]?
    /// Where it failed, if not at the peer that says so.
    package var worker: WorkerID?
    package var status: ExitStatus?
    package var delivery: Delivery?

    package init(
        _ reason: Reason, typeName: String = "", text: String = "", bytes: Int = 0, limit: Int = 0,
        worker: WorkerID? = nil, status: ExitStatus? = nil, delivery: Delivery? = nil
    ) {
        self.reason = reason
        self.worker = worker
        self.status = status
        self.delivery = delivery
        self.typeName = typeName.truncated(toBytes: Limits.errorText)
        self.text = text.truncated(toBytes: Limits.errorText)
        self.bytes = bytes
        self.limit = limit
    }

    /// From a peer, which may have sent longer texts than it should.
    package init(from body: UnsafeRawBufferPointer) throws {
        self = try Body.decode(Failure.self, from: body)
        typeName = typeName.truncated(toBytes: Limits.errorText)
        text = text.truncated(toBytes: Limits.errorText)
    }

    /// What a worker reports.
    package init(reported error: any Error) {
        self.init(.thrown, typeName: _typeName(type(of: error), qualified: true), text: "\(error)")
        if let error = error as? RemoteError { (typeName, text) = (error.typeName, error.message) }
    }

    /// The method has not run, because its descriptors did not arrive.
    var hasLostDescriptors: Bool { reason == .descriptorsLost && delivery == .notSent }

    /// Type and text.
    package var words: String { text.isEmpty ? typeName : "\(typeName): \(text)" }

    /// What a method or a factory threw. A listed type carries its fields.
    package init(thrown error: any Error, listed: ErrorTypes = ErrorTypes()) {
        if error is CancellationError {
            self.init(.cancelled)
        } else if let error = error as? RemoteError {
            self.init(.thrown, typeName: error.typeName, text: error.message)
        } else {
            self.init(.thrown, typeName: _typeName(type(of: error), qualified: true), text: "\(error)")
            fields = listed.encode(error)
        }
    }
}

extension String {
    /// The longest beginning of at most `limit` bytes that is valid UTF-8.
    ///
    /// It may end inside a character that has several scalars: one can be longer than any limit, and looking for its
    /// beginning takes quadratic time.
    package func truncated(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(unicodeScalars[..<end])
    }
}

/// Bodies of the library's own frames, in the same format as arguments.
package enum Body {
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let writer = MessageWriter.borrow()
        defer { writer.giveBack() }
        try writer.write(value)
        return [UInt8](writer.bytes)
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: UnsafeRawBufferPointer
    ) throws -> Value {
        let reader = MessageReader.borrow()
        defer { reader.giveBack() }
        return try reader.read(type, from: bytes)
    }
}
