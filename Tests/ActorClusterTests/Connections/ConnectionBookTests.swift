import ActorCluster
import ProcessIO
import Testing

@Suite("Who gets a connection")
struct ConnectionBookTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    /// Workers in slots 0, 1 and so on, with process numbers 10, 11 and so on.
    private static func book(_ count: Int, isByLoad: Bool = false, limit: Int? = nil) -> ConnectionBook {
        var book = ConnectionBook(isByLoad: isByLoad)
        for slot in 0..<count { _ = book.serves(10 + UInt64(slot), slot: slot, limit: limit, at: start) }
        return book
    }

    @Test("each worker in turn gets one, whether it has asked already or asks later")
    func turns() {
        var book = Self.book(3)
        for process in [10, 11, 12] as [UInt64] {
            #expect(book.asks(process, ticket: process + 100, ended: 0, at: Self.start) == [])
        }
        #expect(book.accepted(1, at: Self.start) == [.give(1, to: 110)])
        #expect(book.accepted(2, at: Self.start) == [.give(2, to: 111)])
        #expect(book.accepted(3, at: Self.start) == [.give(3, to: 112)])
        #expect(book.accepted(4, at: Self.start) == [])
        #expect(book.asks(10, ticket: 200, ended: 0, at: Self.start) == [.give(4, to: 200)])
    }

    @Test("one that was taken is nobody else's, and the primary lets go of it")
    func taken() {
        var book = Self.book(1)
        _ = book.asks(10, ticket: 1, ended: 0, at: Self.start)
        _ = book.accepted(1, at: Self.start)
        let (isIts, actions) = book.takes(1, 10, ended: 0, at: Self.start)
        #expect(isIts && actions == [.letGo(1)])
        #expect(book.takes(1, 10, ended: 0, at: Self.start).0 == false)
        #expect(book.leaves(10, at: Self.start) == [] && book.untaken == 0)
    }

    @Test("one that its worker was not told of cannot be taken")
    func untold() {
        var book = Self.book(1)
        _ = book.accepted(1, at: Self.start)
        #expect(book.takes(1, 10, ended: 0, at: Self.start).0 == false)
        #expect(book.untaken == 1)
    }

    @Test("what a worker has not taken goes to others, in order, when it dies, leaves or does not answer")
    func takenBack() {
        for end in [
            { $0.leaves(10, at: Self.start) }, { $0.isSuspect(10, at: Self.start) },
        ] as [(inout ConnectionBook) -> [ConnectionBook.Action]] {
            var book = Self.book(1)
            _ = book.asks(10, ticket: 1, ended: 0, at: Self.start)
            for number in 1...3 as ClosedRange<UInt64> { _ = book.accepted(number, at: Self.start) }
            _ = end(&book)
            #expect(book.untaken == 3 && book.takenBack == 3)
            #expect(book.takes(1, 10, ended: 0, at: Self.start).0 == false)
            _ = book.serves(11, slot: 1, limit: nil, at: Self.start)
            #expect(book.asks(11, ticket: 2, ended: 0, at: Self.start) == [.give(1, to: 2)])
            #expect(book.asks(11, ticket: 3, ended: 0, at: Self.start) == [.give(2, to: 3)])
        }
    }

    @Test("a worker that leaves is told that none will come, and asks in vain from then on")
    func ends() {
        var book = Self.book(2)
        _ = book.asks(10, ticket: 1, ended: 0, at: Self.start)
        #expect(book.leaves(10, at: Self.start) == [.end(1)])
        #expect(book.asks(10, ticket: 2, ended: 0, at: Self.start) == [.end(2)])
    }

    @Test("one that lies for 250 ms goes to another worker, and its own gets no more until it asks")
    func late() {
        var book = Self.book(2)
        _ = book.accepted(1, at: Self.start)
        #expect(book.nextDeadline == Self.start + .milliseconds(250))
        #expect(book.expire(at: Self.start + .milliseconds(249)) == [] && book.takenBack == 0)
        _ = book.asks(11, ticket: 1, ended: 0, at: Self.start)
        #expect(book.expire(at: Self.start + .milliseconds(250)) == [.give(1, to: 1)])
        for number in 2...5 as ClosedRange<UInt64> { _ = book.accepted(number, at: Self.start) }
        #expect(book.load(of: 10) == 0 && book.load(of: 11) == 5)
        _ = book.asks(10, ticket: 2, ended: 0, at: Self.start)
        #expect(book.accepted(6, at: Self.start) == [.give(6, to: 2)])
    }

    @Test("a worker has 64 untaken ones at most, all have 256; then no more are accepted, and none is lost")
    func credit() {
        var book = Self.book(2)
        let most = UInt64(2 * Limits.connectionsUntaken)
        for number in 1...most {
            #expect(book.hasRoom)
            _ = book.accepted(number, at: Self.start)
        }
        #expect(!book.hasRoom && book.load(of: 10) == 64 && book.load(of: 11) == 64)
        // Above the bound it waits, and is not lost.
        #expect(book.accepted(most + 1, at: Self.start) == [] && book.untaken == Int(most) + 1)
        #expect(book.asks(10, ticket: 1, ended: 0, at: Self.start) == [.give(1, to: 1)])
        _ = book.takes(1, 10, ended: 0, at: Self.start)
        #expect(book.load(of: 10) == 65)

        var large = Self.book(5)
        for number in 1...UInt64(Limits.connectionsHeld) {
            #expect(large.hasRoom)
            _ = large.accepted(number, at: Self.start)
        }
        #expect(!large.hasRoom && large.untaken == 256)
        for slot in 0..<5 { #expect((51...52).contains(large.load(of: 10 + UInt64(slot)) ?? 0)) }
        #expect(large.accepted(1_000, at: Self.start) == [] && large.untaken == 257)
    }

    @Test("N-06: workers with limits of 0, 1 and 9 get 0, 1 and 9 of ten, and one more when one has ended")
    func limits() {
        var book = ConnectionBook()
        for (slot, limit) in [0, 1, 9].enumerated() {
            _ = book.serves(UInt64(slot), slot: slot, limit: limit, at: Self.start)
            for ticket in 0..<20 {
                _ = book.asks(UInt64(slot), ticket: UInt64(slot * 100 + ticket), ended: 0, at: Self.start)
            }
        }
        for number in 1...10 as ClosedRange<UInt64> {
            for case .give(let connection, let ticket) in book.accepted(number, at: Self.start) {
                #expect(book.takes(connection, ticket / 100, ended: 0, at: Self.start).0)
            }
        }
        #expect((0..<3).map { book.load(of: $0) } == [0, 1, 9] && !book.hasRoom)
        #expect(book.ended(1, 1, at: Self.start) == [] && book.hasRoom)
        #expect(book.accepted(11, at: Self.start) == [.give(11, to: 101)])
    }

    @Test("by load it is the worker with the fewest connections; equal ones take turns")
    func byLoad() {
        var book = Self.book(2, isByLoad: true)
        for ticket in 1...10 as ClosedRange<UInt64> {
            _ = book.asks(10, ticket: ticket, ended: 0, at: Self.start)
            _ = book.asks(11, ticket: 100 + ticket, ended: 0, at: Self.start)
        }
        for number in 1...6 as ClosedRange<UInt64> {
            for case .give(let connection, let ticket) in book.accepted(number, at: Self.start) {
                _ = book.takes(connection, ticket < 100 ? 10 : 11, ended: 0, at: Self.start)
            }
        }
        #expect(book.load(of: 10) == 3 && book.load(of: 11) == 3)
        _ = book.ended(11, 3, at: Self.start)
        for number in 7...9 as ClosedRange<UInt64> { _ = book.accepted(number, at: Self.start) }
        #expect(book.load(of: 10) == 3 && book.load(of: 11) == 3)
    }

    @Test("a question that nobody waits for any more gets no answer")
    func withdrawn() {
        var book = Self.book(1)
        _ = book.asks(10, ticket: 1, ended: 0, at: Self.start)
        book.withdraw(1)
        #expect(book.accepted(1, at: Self.start) == [])
        #expect(book.asks(10, ticket: 2, ended: 0, at: Self.start) == [.give(1, to: 2)])
    }

    @Test("when nobody listens any more the untaken ones are closed, and later ones too")
    func closed() {
        var book = Self.book(2)
        _ = book.accepted(1, at: Self.start)
        _ = book.asks(11, ticket: 1, ended: 0, at: Self.start)
        #expect(book.close() == [.end(1), .letGo(1)])
        #expect(book.accepted(2, at: Self.start) == [.letGo(2)])
        #expect(!book.hasRoom && book.untaken == 0)
    }
}
