import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("names")
    struct Names {
        @Test("M-08: an actor is found by its name in every process, wherever it lives; its type is checked")
        func everywhere() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.announcers, count: 2, options: workerProgram())
                let (one, two) = (pool.workers[0].actor, pool.workers[1].actor)
                let own = Board(actorSystem: system)
                try await system.register(own, as: "own")
                try await one.announce("ones")
                #expect(try await one.write("1", on: "own", waitingMilliseconds: 0) == ["1"])
                #expect(try await two.write("2", on: "own", waitingMilliseconds: 0) == ["1", "2"])
                #expect(
                    try await two.write("a", on: "ones", waitingMilliseconds: 0) == ["a"], "a worker's, in a worker")
                #expect(
                    try await one.write("b", on: "ones", waitingMilliseconds: 0) == ["a", "b"], "in its own process")
                let ones = try await system.lookup(Board.self, named: "ones")
                #expect(try await ones.all() == ["a", "b"])
                #expect(try await system.lookup(Board.self, named: "own") === own)

                let mistake = NameError.otherType(
                    "own", registered: "FaultActors.Board", asked: "FaultActors.Announcer")
                let here = await failure { _ = try await system.lookup(Announcer.self, named: "own") }
                #expect(here as? NameError == mistake)
                let there = await failure { try await two.mistake("own") }
                #expect((there as? RemoteError)?.message == mistake.description)
                let taken = await failure { try await two.announce("ones") }
                #expect(
                    (taken as? RemoteError)?.message
                        == NameError.taken("ones", by: pool.workers[0].id).description)
                let foreign = await failure { try await two.announce(own, as: "foreign") }
                #expect((foreign as? RemoteError)?.message == NameError.notHere(own.id).description)
                try await system.register(own, as: "own")
                for wrong in ["", "a\nb", String(repeating: "é", count: 128)] {
                    let invalid = await failure { try await system.register(own, as: wrong) }
                    guard case NameError.invalid? = invalid else { return unexpected(invalid, wrong) }
                }
                withExtendedLifetime(own) {}
            }
        }

        @Test("a name is taken from an actor in its own process, which is told what is wrong otherwise; others stay")
        func unregistered() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.doormen, count: 1, options: workerProgram())
                let there = pool.workers[0].incarnation
                let (here, other) = (Doorman(actorSystem: system), Doorman(actorSystem: system))
                for name in ["a", "b"] { try await system.register(here, as: name) }
                try await there.takeName("theirs")
                try await system.unregister(here, from: "a")
                let gone = await failure { _ = try await system.lookup(Doorman.self, named: "a") }
                guard case CallError.targetMissing? = gone else { return unexpected(gone) }
                #expect(try await there.ask(named: "b") == pool.workers[0].id)
                try await system.register(other, as: "a")

                let its = await failure { try await system.unregister(here, from: "a") }
                #expect(its as? NameError == .notHeld("a", here.id))
                let nobodys = await failure { try await system.unregister(here, from: "nobody's") }
                #expect(nobodys as? NameError == .notHeld("nobody's", here.id))
                let invalid = await failure { try await system.unregister(here, from: "") }
                #expect(invalid as? NameError == .invalid(""))
                let theirs = try await system.lookup(Doorman.self, named: "theirs")
                let foreign = await failure { try await system.unregister(theirs, from: "theirs") }
                #expect(foreign as? NameError == .notHere(theirs.id))

                let mine = await failure { try await there.loseName("b", of: here) }
                #expect((mine as? RemoteError)?.message == NameError.notHere(here.id).description)
                let unknown = await failure { try await there.loseName("b", of: there) }
                #expect((unknown as? RemoteError)?.message == NameError.notHeld("b", theirs.id).description)
                try await there.loseName("theirs", of: there)
                #expect(await failure { _ = try await system.lookup(Doorman.self, named: "theirs") } != nil)
                #expect(try await there.whoCalls() == .primary, "references stay good")
                withExtendedLifetime((here, other)) {}
            }
        }

        @Test("a look-up of nobody fails at once, waits as long as it is told to, and gets the name when it is there")
        func waiting() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.announcers, count: 2, options: workerProgram())
                let (one, two) = (pool.workers[0].actor, pool.workers[1].actor)
                for waiting in [0, 60] {
                    let time = await elapsed {
                        let error = await failure {
                            _ = try await system.lookup(Board.self, named: "x", waiting: .milliseconds(waiting))
                        }
                        guard case CallError.targetMissing(let text)? = error else { return unexpected(error) }
                        #expect(text.contains("no actor has the name \"x\""))
                    }
                    #expect(time >= .milliseconds(waiting) && time < .seconds(1) * TestLength.patience)
                    let remote = await failure { _ = try await two.write("", on: "x", waitingMilliseconds: waiting) }
                    #expect((remote as? RemoteError)?.message.contains("no actor has the name") == true)
                }
                let here = Task { try await system.lookup(Board.self, named: "late", waiting: .seconds(60)) }
                let there = Task {
                    try await withCallTimeout(.seconds(60)) {
                        try await two.write("there", on: "late", waitingMilliseconds: 50_000)
                    }
                }
                let given = Task {
                    await failure { _ = try await system.lookup(Board.self, named: "y", waiting: .seconds(60)) }
                }
                try await one.announce("late")
                try await here.value.write("here")
                #expect(Set(try await there.value).isSubset(of: ["here", "there"]))
                given.cancel()
                #expect(await given.value is CancellationError)
            }
        }

        @Test("a name is free when its actor is released and when its process has ended, before the exit is told")
        func free() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.announcers, count: 2, options: workerProgram())
                let (one, two) = (pool.workers[0], pool.workers[1])
                for _ in 0..<20 { try await one.actor.announce("again") }
                try await one.actor.release("again")
                #expect(try await eventually { (try? await system.lookup(Board.self, named: "again")) == nil })
                try await two.actor.announce("again")
                do {
                    let own = Board(actorSystem: system)
                    try await system.register(own, as: "own")
                    withExtendedLifetime(own) {}
                }
                let gone = await failure { _ = try await system.lookup(Board.self, named: "own") }
                guard case CallError.targetMissing? = gone else { return unexpected(gone) }

                let refused = await failure { try await one.actor.announce(count: Limits.namesPerProcess + 1) }
                #expect(
                    (refused as? RemoteError)?.message
                        == NameError.tooMany(limit: Limits.namesPerProcess).description)
                let events = pool.events
                kill(try #require(one.pid), SIGKILL)
                for await event in events {
                    guard case .exited = event.kind else { continue }
                    let error = await failure { _ = try await system.lookup(Board.self, named: "7") }
                    guard case CallError.targetMissing? = error else { return unexpected(error) }
                    break
                }
                try await two.actor.announce("7")
            }
        }

        @Test("whoever follows the names of a type gets those that there are, then each change, in any process")
        func following() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.announcers, count: 2, options: workerProgram())
                let (one, two) = (pool.workers[0], pool.workers[1])
                let probes = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let notebook = Notebook(actorSystem: system)
                try await one.actor.announce("a")
                let there = Task { try await two.actor.follow(count: 5, from: notebook) }
                let here = Task {
                    var told: [String] = []
                    for try await change in system.names(of: Board.self) {
                        told.append(boardNews(change))
                        if told.last == "-d" { break }
                    }
                    return told
                }
                #expect(try await eventually { try await notebook.all() == ["all [\"a\"]"] })
                try await two.actor.announce("b")
                // Another type's names are nobody's here.
                try await system.register(notebook, as: "c")
                try await one.actor.release("a")
                #expect(try await eventually { try await notebook.all().last == "-a" })
                try await one.actor.announce("d")
                kill(try #require(one.pid), SIGKILL)
                let expected = ["all [\"a\"]", "+b", "-a", "+d", "-d"]
                try await there.value
                #expect(try await notebook.all() == expected)
                #expect(try await here.value.suffix(3) == expected.suffix(3))
                let idle = Task { for try await _ in system.names(of: Probe.self) {} }
                idle.cancel()
                try await idle.value
                withExtendedLifetime((notebook, probes)) {}
            }
        }
    }
}
