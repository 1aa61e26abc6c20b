/// A path as the system has it: bytes, which need not be UTF-8. Ordered byte by byte, as `LC_ALL=C sort` does.
struct RawPath: Codable, Hashable, Sendable {
    var bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    init(_ text: String) { bytes = Array(text.utf8) }

    /// For system calls, which read up to the first 0.
    var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    func appending(_ component: RawPath) -> RawPath {
        bytes.isEmpty || bytes.last == UInt8(ascii: "/")
            ? RawPath(bytes + component.bytes) : RawPath(bytes + [UInt8(ascii: "/")] + component.bytes)
    }

    func contains(_ text: String) -> Bool { bytes.contains(Array(text.utf8)) }
}

extension RawPath: Comparable {
    static func < (one: RawPath, other: RawPath) -> Bool { one.bytes.lexicographicallyPrecedes(other.bytes) }
}

extension RawPath {
    /// Bytes that are not UTF-8 become U+FFFD, so two paths may have the same text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text on one line: a file's name may hold a newline, or a terminal's control codes.
    var line: String {
        text.unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.properties.generalCategory == .control {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
}
