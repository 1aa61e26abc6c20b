import ActorCluster
import Terminal

/// One word of the command line, for the worker.
enum Command: Equatable {
    case factors(of: Int)
    case configure(Settings)
    case reload
    case stats
    case clearCache
    case healthCheck

    /// Throws what is wrong with it.
    init(_ word: String) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let (name, value) = (parts[0], parts.count > 1 ? parts[1] : nil)
        switch name {
        case "factors": self = .factors(of: try OptionValue.number(value, of: "factors", in: 1...Int.max))
        case "configure":
            let cache = try OptionValue.number(value, of: "configure", in: 0...1_000_000)
            self = .configure(Settings(cache: cache))
        case "reload" where value == nil: self = .reload
        case "stats" where value == nil: self = .stats
        case "clearCache" where value == nil: self = .clearCache
        case "healthCheck" where value == nil: self = .healthCheck
        default: throw UsageError(description: "there is no command \(word)")
        }
    }

    /// Has the worker carry it out, and tells what came of it.
    func send(to worker: WorkerHandle<Factorizer>) async throws -> String {
        let factorizer = worker.actor
        switch self {
        case .factors(let number):
            let factors = try await factorizer.factors(of: number)
            return factors.isEmpty ? "no prime divides it" : factors.map(String.init).joined(separator: " × ")
        case .configure(let settings):
            try await factorizer.configure(settings)
            return "done"
        case .reload: return "the cache has room for \(try await factorizer.reload().cache)"
        case .stats:
            let stats = try await factorizer.stats()
            return "asked \(stats.asked), found \(stats.found), \(stats.entries) in the cache"
        case .clearCache: return "\(try await factorizer.clearCache()) forgotten"
        case .healthCheck:
            let report = try await worker.healthCheck()
            return
                "\(worker.state), \(report.residentMemory >> 20) MiB, cached \(report.details["cached"] ?? "nothing")"
        }
    }
}
