package import ProcessIO

extension CodingUserInfoKey {
    /// The writer of a message that may have descriptors.
    static let descriptorWriter = CodingUserInfoKey(unchecked: "ActorCluster.descriptorWriter")
    /// The reader of a message.
    static let descriptorReader = CodingUserInfoKey(unchecked: "ActorCluster.descriptorReader")

    private init(unchecked name: String) {
        guard let key = CodingUserInfoKey(rawValue: name) else { preconditionFailure("\(name) is a key") }
        self = key
    }
}

extension Encoder {
    /// Puts a descriptor beside the message that is being encoded, and gives its place there. One that is there already
    /// keeps its place, also when a value is encoded a second time.
    func pass(_ descriptor: SharedDescriptor, _ value: some Any) throws -> Int {
        guard let writer = userInfo[.descriptorWriter] as? MessageWriter, writer.takesDescriptors else {
            let type = type(of: value)
            throw refusal(of: value, "\(type) can only be an argument or a result of a call to another process")
        }
        if let place = writer.descriptors.firstIndex(where: { $0 === descriptor }) { return place }
        guard writer.descriptors.count < DescriptorGroup.most else {
            throw refusal(of: value, "a message carries \(DescriptorGroup.most) descriptors at most")
        }
        writer.descriptors.append(descriptor)
        return writer.descriptors.count - 1
    }

    func refusal(of value: Any, _ why: String) -> EncodingError {
        .invalidValue(
            value, .init(codingPath: codingPath, debugDescription: why, underlyingError: CodersOwnWords()))
    }
}

extension Decoder {
    /// The descriptor at a place beside the message.
    func passedDescriptor(at place: Int) throws -> SharedDescriptor {
        let reader = userInfo[.descriptorReader] as? MessageReader
        guard let all = reader?.descriptors?.all, all.indices.contains(place) else {
            throw corrupted("there is no descriptor \(place) in this message")
        }
        return all[place]
    }

    func corrupted(_ why: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: why, underlyingError: CodersOwnWords()))
    }
}

/// A descriptor as an argument or a result of a call: the other process gets one of its own for the same open file.
///
/// It is closed when nobody holds it any more, in this process as in the other; a call that is refused, or whose
/// process dies, leaves none behind. Where the other process cannot have one more descriptor, the call is made again until its
/// time is over.
package struct PassedDescriptor: Codable, Sendable {
    package let shared: SharedDescriptor

    package init(_ descriptor: consuming FileDescriptor) { self.init(SharedDescriptor(descriptor)) }

    package init(_ shared: SharedDescriptor) { self.shared = shared }

    /// For system calls, as long as this value, or a copy of it, is held.
    package var number: Int32 { shared.number }

    /// The descriptor, for the first who asks: it is no longer closed with this value.
    package func take() -> FileDescriptor? { shared.take() }

    package init(from decoder: any Decoder) throws {
        shared = try decoder.passedDescriptor(at: decoder.singleValueContainer().decode(Int.self))
    }

    package func encode(to encoder: any Encoder) throws {
        let place = try encoder.pass(shared, self)
        var container = encoder.singleValueContainer()
        try container.encode(place)
    }
}
