/// What can be measured, in the order in which it is.
enum Workload: String, CaseIterable {
    case sequential = "W1"
    case concurrent = "W2"
    case large = "W3"
    case structured = "W4"
    case everyWorker = "W5"
    case start = "W6"
    case restart = "W7"
    case growth = "W8"
    case cost = "W9"
    case betweenWorkers = "W10"
    case topics
    case streams
    case blocked
    case idle

    var summary: String {
        switch self {
        case .sequential: "one call at a time, an echo of 64 bytes"
        case .concurrent: "64 and 256 callers, each waiting for its own echo"
        case .large: "one call at a time, an echo of 16 KiB and of 1 MiB; 64 MiB and 1 GiB as shared buffers"
        case .structured: "one call at a time, a structure with nested values both ways"
        case .everyWorker: "a message to 8 workers, until all have acknowledged it"
        case .start: "start of a worker to its first reply; memory of an idle worker"
        case .restart: "kill -9 to the first reply of the replacement"
        case .growth: "256 callers on 1, 2, 4 and 8 workers"
        case .cost: "processor time and allocations per call, on both sides"
        case .betweenWorkers: "one call at a time from worker to worker, directly and by way of the primary"
        case .topics: "messages of a topic, published and heard by each of 4 workers"
        case .streams: "elements of a stream, an Int each"
        case .blocked: "calls and health checks while a method spins, or sleeps in its thread"
        case .idle: "processor time of a primary and 8 workers with nothing to do"
        }
    }

    /// Whether it is among the lines for another program.
    var hasLines: Bool {
        switch self {
        case .betweenWorkers, .topics, .streams: false
        default: !isLong
        }
    }

    /// Whether it is measured once instead of in every round: it takes long, and gathers many samples by itself.
    var isLong: Bool { self == .blocked || self == .idle }
}
