/// Which requests are sent when.
struct Plan: Equatable {
    struct Request: Equatable {
        /// After the start.
        let time: Duration
        let path: String
    }

    /// In order of time.
    let requests: [Request]

    /// So many in each second, spread evenly over it.
    init(light: Int, heavy: Int, seconds: Int) {
        requests = (Self.requests("/light", light, seconds) + Self.requests("/heavy", heavy, seconds))
            .sorted { $0.time < $1.time }
    }

    private static func requests(_ path: String, _ rate: Int, _ seconds: Int) -> [Request] {
        (0..<rate * seconds).map { Request(time: .seconds($0) / rate, path: path) }
    }
}
