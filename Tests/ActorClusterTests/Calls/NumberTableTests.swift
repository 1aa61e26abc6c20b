import ActorClusterTesting
import ActorCluster
import Testing

@Suite("NumberTable", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct NumberTableTests {
    @Test(
        "whatever is put in, changed and taken out, it agrees with a dictionary",
        arguments: 1...8 as ClosedRange<UInt64>)
    func agreesWithDictionary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (table, dictionary) = (NumberTable<Int>(), [UInt64: Int]())
        let most = UInt64(8) << seed
        for step in 0..<TestLength.rounds(4_000, long: 100_000) {
            let number = UInt64.random(in: 1...most, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                table.insert(number, step)
                dictionary[number] = step
            case 2:
                table.update(number) { $0 += 1 }
                dictionary[number]? += 1
            default: #expect(table.remove(number) == dictionary.removeValue(forKey: number))
            }
            #expect(table[number] == dictionary[number])
            #expect(table.count == dictionary.count)
        }
        #expect(table.keys.sorted() == dictionary.keys.sorted())
        var sum = 0
        table.forEach { sum += Int($0) ^ $1 }
        #expect(sum == dictionary.reduce(0) { $0 + (Int($1.key) ^ $1.value) })
    }

    @Test("numbers in a row come and go in linear time")
    func rows() {
        let time = cpuTime {
            var table = NumberTable<UInt64>()
            for number in 1...200_000 as ClosedRange<UInt64> { table.insert(number, number) }
            for number in 1...200_000 as ClosedRange<UInt64> { table.remove(number) }
        }
        #expect(time < .seconds(2) * TestLength.patience)
    }

    @Test("number 0 is never in it")
    func zero() {
        var table = NumberTable<Int>()
        #expect(table[0] == nil)
        table.insert(16, 1)
        #expect(table.remove(0) == nil)
        #expect(!table.contains(0))
        #expect(table.count == 1)
    }
}
