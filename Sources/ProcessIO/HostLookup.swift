#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Finds the address that a host's name stands for.
package enum HostLookup {
    /// No host has that name, or nobody could be asked: the resolver's own words.
    package struct Failure: Error, Hashable, Sendable {
        package let words: String
    }

    private static let thread = SerialThread("ac-names")

    /// The first address of the host; an empty one stands for all addresses of this machine. A name may take the system as
    /// long as it likes, so it is looked up on a thread that has nothing else to do.
    package static func address(
        ofHost host: String, port: Int
    ) async -> Result<RawSocketName, Failure> {
        if let written = address(ofNumber: host, port: port) { return .success(written) }
        return await suspended { waiter in
            do throws(SystemError) {
                try thread.execute { waiter.resume(returning: find(host, port, 0)) }
            } catch {
                waiter.resume(returning: .failure(Failure(words: "\(error)")))
            }
        }
    }

    /// The address if it is written as a number, or empty.
    package static func address(ofNumber host: String, port: Int) -> RawSocketName? {
        try? find(host, port, AI_NUMERICHOST).get()
    }

    private static func find(_ host: String, _ port: Int, _ flags: Int32) -> Result<RawSocketName, Failure> {
        var hints = addrinfo()
        hints.ai_flags = flags | AI_PASSIVE | AI_NUMERICSERV
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let first = found?.pointee, let address = first.ai_addr,
            let name = RawSocketName(address, length: first.ai_addrlen)
        else { return .failure(Failure(words: gai_strerror(code).map { String(cString: $0) } ?? "not found")) }
        return .success(name)
    }
}
