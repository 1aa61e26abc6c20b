package import ProcessIO

/// A message that came: arguments, or a result.
@usableFromInline
package struct ReceivedMessage: Equatable, Sendable {
    package let bytes: ArraySlice<UInt8>
    /// Those that it counts.
    package let descriptors: DescriptorGroup?

    package init(_ bytes: ArraySlice<UInt8>, _ descriptors: DescriptorGroup? = nil) {
        (self.bytes, self.descriptors) = (bytes, descriptors)
    }

    @usableFromInline var isEmpty: Bool { bytes.isEmpty }

    /// To be sent on.
    var message: EncodedMessage {
        let bytes = [UInt8](bytes)
        return descriptors.map { .carrying([bytes], $0) } ?? .whole(bytes)
    }
}
