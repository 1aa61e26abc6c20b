#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Bytes of a connected socket, without waiting.
extension SharedDescriptor {
    /// What is there, at most so many bytes; empty: there will be no more. `nil`: nothing now.
    package func receive(upTo most: Int) throws(SystemError) -> [UInt8]? {
        let number = number
        do throws(SystemError) {
            return try withBuffer(most) { buffer throws(SystemError) in
                try checking("recv") { recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) }
            }
        } catch {
            guard error.code == EAGAIN || error.code == EWOULDBLOCK else { throw error }
            return nil
        }
    }

    private func withBuffer(
        _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Int
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try body(UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// How many of the bytes it has taken; 0: none now.
    package func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        let number = number
        do throws(SystemError) {
            return try checking("send") {
                bytes.withUnsafeBytes {
                    sendBytes(number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                }
            }
        } catch {
            guard error.code == EAGAIN || error.code == EWOULDBLOCK else { throw error }
            return 0
        }
    }
}

/// `send` by another name, which a method called `send` does not hide.
private func sendBytes(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    send(number, bytes, count, flags)
}
