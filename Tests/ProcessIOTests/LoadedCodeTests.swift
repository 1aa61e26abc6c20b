import ActorClusterTesting
import ProcessIO
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

#if os(Linux)
@Suite("giving back loaded code", .computing, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct LoadedCodeTests {
    /// What is mapped of files, in KiB.
    private func mappedOfFiles() throws -> Int {
        let line = Processes.read("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("RssFile:") }
        return try #require(line?.split(separator: " ").compactMap { Int($0) }.first)
    }

    /// The first page of this program. Its bytes 9 to 15 mean nothing: they fill up the ELF header's first field.
    private func firstPage() throws -> UnsafeMutablePointer<UInt8> {
        let program = Processes.target(of: "/proc/self/exe")
        let line = Processes.read("/proc/self/maps").split(separator: "\n").first { line in
            line.hasSuffix(program) && line.split(separator: " ")[2].allSatisfy { $0 == "0" }
        }
        let address = try #require(line?.split(separator: "-").first.flatMap { UInt($0, radix: 16) })
        return try #require(UnsafeMutablePointer(bitPattern: address))
    }

    private func setByte(_ value: UInt8, in page: UnsafeMutablePointer<UInt8>) throws {
        let size = sysconf(Int32(_SC_PAGESIZE))
        try #require(mprotect(page, size, PROT_READ | PROT_WRITE) == 0)
        page[15] = value
        try #require(mprotect(page, size, PROT_READ) == 0)
    }

    @Test("most of what is mapped of files is not resident afterwards, and is there again when it is used")
    func isNotResident() throws {
        let before = try mappedOfFiles()
        LoadedCode.giveBack()
        let after = try mappedOfFiles()
        #expect(after < before - 4 << 10, "\(before) KiB before, \(after) KiB after")
        #expect(try firstPage()[1] == UInt8(ascii: "E"))
    }

    @Test("a page that somebody has written to, as a debugger does for a breakpoint, stays as it is")
    func changedPagesStay() throws {
        let page = try firstPage()
        let before = page[15]
        try setByte(before ^ 0xff, in: page)
        LoadedCode.giveBack()
        #expect(page[15] == before ^ 0xff)
        try setByte(before, in: page)
    }
}
#endif
