/// When a worker rests for the first time: from one look to the next nothing has begun to run, and no call runs still.
package struct FirstRest: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        case lookAgain
        case giveBackCode
    }

    private var jobsBegun: UInt64

    /// `jobsBegun` counts what the loop's threads have started.
    package init(jobsBegun: UInt64) { self.jobsBegun = jobsBegun }

    package mutating func looked(jobsBegun: UInt64, callsRunning: Int) -> Action {
        defer { self.jobsBegun = jobsBegun }
        return jobsBegun == self.jobsBegun && callsRunning == 0 ? .giveBackCode : .lookAgain
    }
}
