/// The 64-bit FNV-1a hash: quick and the same everywhere, but no protection against someone who wants two files to
/// agree.
struct FNV1aHash: Equatable {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ chunk: some Collection<UInt8>) {
        for byte in chunk { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }
}

/// Sixteen hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
