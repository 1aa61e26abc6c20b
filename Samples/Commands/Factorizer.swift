import ActorCluster
import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How a factorizer is to be.
struct Settings: Codable, Equatable, Sendable {
    /// Answers that it keeps.
    var cache = 100

    /// As the environment says.
    static var ofEnvironment: Settings {
        var settings = Settings()
        if let text = getenv("FACTORIZER_CACHE"), let number = Int(String(cString: text)), number >= 0 {
            settings.cache = number
        }
        return settings
    }
}

/// What it has done.
struct Statistics: Codable, Equatable, Sendable {
    var asked = 0
    var found = 0
    var entries = 0
}

/// Takes numbers apart, and is told meanwhile how to be: each command is a method, with arguments and a result of its
/// own, and one that does not exist does not compile.
distributed actor Factorizer: HealthReporting {
    typealias ActorSystem = ClusterActorSystem

    private var settings = Settings.ofEnvironment
    private var statistics = Statistics()
    private var answers: [Int: [Int]] = [:]

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// The prime factors, the least first.
    distributed func factors(of number: Int) -> [Int] {
        statistics.asked += 1
        if let known = answers[number] {
            statistics.found += 1
            return known
        }
        let factors = primeFactors(of: number)
        if answers.count < settings.cache { answers[number] = factors }
        return factors
    }

    /// From now on it is like this.
    distributed func configure(_ settings: Settings) { self.settings = settings }

    /// From now on it is as the environment says.
    distributed func reload() -> Settings {
        settings = .ofEnvironment
        return settings
    }

    distributed func stats() -> Statistics {
        statistics.entries = answers.count
        return statistics
    }

    /// How many answers it has forgotten.
    distributed func clearCache() -> Int {
        defer { answers = [:] }
        return answers.count
    }

    /// For supervision, which asks from time to time, and for `WorkerHandle.healthCheck`, which adds what it knows.
    distributed func healthCheck() -> [String: String] { ["cached": "\(answers.count) of \(settings.cache)"] }
}

private func primeFactors(of number: Int) -> [Int] {
    var (rest, divisor, factors) = (number, 2, [Int]())
    while rest > 1, divisor <= rest / divisor {
        if rest.isMultiple(of: divisor) {
            factors.append(divisor)
            rest /= divisor
        } else {
            divisor += 1
        }
    }
    return rest > 1 ? factors + [rest] : factors
}
