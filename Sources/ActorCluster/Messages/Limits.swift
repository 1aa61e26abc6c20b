import ProcessIO

/// Every bound of the package, in one place.
///
/// The size of a slice is part of `FrameLayout`.
package enum Limits {
    /// The longest frame, in bytes, if nothing else is set. gRPC's default is 4 MiB.
    package static let frame = 1 << 20
    /// The most that `ClusterOptions.frameLimit` may be set to.
    package static let frameCeiling = 64 << 20
    /// The least it may be set to: a hello and an error with its text must fit.
    package static let frameFloor = 16 << 10
    /// Calls of one process that one worker has not answered yet.
    package static let callsInFlight = 1_024
    /// Calls that wait for a place among those; also for a place in a pool, if nothing else is set.
    package static let callsWaiting = 10_000
    /// Calls by slot that wait for one slot.
    package static let slotQueue = 1_000
    /// One-way calls of one process that another has not carried out: the most that may be set, and their bytes.
    package static let posts = 10_000
    package static let postBytes = 4 << 20
    /// The longest that a one-way call may be set to wait for others.
    package static let postDelay = Duration.seconds(60)
    /// One-way calls that are carried out before the peer is told, while others run.
    package static let postsToldAtOnce: UInt64 = 64
    /// The most that `PoolLimits.queue` may be set to.
    package static let queueCeiling = 1_000_000
    /// Of the calls that may be repeated after a worker's death, how many are, in hundredths.
    package static let retryPercent = 10
    /// Repetitions that a new pool has to its credit, and how many it can save.
    package static let retryReserve = 10
    package static let retrySaved = 100
    /// Cancellations that have come before their calls and are remembered, per pipe.
    package static let earlyCancellations = 1_024
    /// Above this many queued bytes no further call is sent to a worker, until there are no more than `outboundLow`.
    package static let outboundHigh = 1 << 20
    package static let outboundLow = 256 << 10
    /// What a peer that does not read may ask for meanwhile: calls, one-way calls, and health checks beside them.
    package static let requestsHeld = 2 * callsInFlight + posts
    /// Bytes of a target's name.
    package static let targetName = 4_096
    /// Targets of a peer with another table than this process's own, and bytes of their names in all.
    package static let targets = 65_536
    package static let targetNames = 8 << 20
    /// Bytes of an error's type name, and of its text, that cross the pipe.
    package static let errorText = 4_096
    /// Events that are kept for readers that have not read them, per cluster and per pool, and bytes of them; past
    /// either the oldest go.
    package static let eventsKept = 16_384
    package static let eventBytes = 4 << 20
    /// Exits that the story of a slot tells.
    package static let exitsTold = 5
    /// Processes whose end is remembered after it, for who asks later.
    package static let endsRemembered = 4_096
    /// Names of the actors of one process, and bytes of each.
    package static let namesPerProcess = 1_024
    package static let name = 255
    /// Changes of names that are kept for readers that have not asked for them.
    package static let nameChanges = 4_096
    /// Those who wait for a name, or for a change of names, in all processes.
    package static let nameWaits = 10_000
    /// Bytes of names that one answer tells; it fits the smallest frame.
    package static let namePage = 8 << 10
    /// Bytes of what a root actor says of its health, keys and values.
    package static let healthDetails = 8 << 10
    /// The least that `PoolLimits.memory` may be set to, in bytes: an idle worker has less.
    package static let workerMemory = 16 << 20
    /// How often a reload that is being undone tries to start the build before in a slot.
    package static let returnAttempts = 5
    /// Workers of one pool.
    package static let workersPerPool = 4_096
    /// Bytes of one line of a worker's output; a longer one is cut into pieces.
    package static let outputLine = 16 << 10
    /// Output of one worker that the program has not taken, in bytes and in lines, before the oldest are dropped.
    package static let outputBytes = 1 << 20
    package static let outputLines = 16_384
    /// Lines of a worker's standard error that are remembered for its end, and bytes of each.
    package static let lastLines = 20
    package static let lastLine = 1_024
    /// Bytes of one worker's standard error that are on their way to the primary's own; then its pipe is not read.
    package static let relayedChunk = 16 << 10
    /// The same of workers that have ended, in all; then what they printed last is dropped.
    package static let relayedBytes = 1 << 20
    /// What is read of a worker's output after its end; a child that it has left may go on printing.
    package static let outputAtExit = 1 << 20
    /// How long the event of a worker's exit waits until the program has taken its output.
    package static let outputDelivery = Duration.seconds(1)

    /// Topics that somebody uses, or that keep their last message. Past it the one that was not used for longest goes.
    package static let topics = 4_096
    /// Bytes of a topic's name.
    package static let topicName = 255
    /// Subscriptions of one process.
    package static let subscriptions = 256
    /// Messages that wait for a subscriber, if nothing else is set; the most that may be set; and bytes of them.
    package static let topicBufferDefault = 1_024
    package static let topicBuffer = 65_536
    package static let topicBytes = 16 << 20
    /// Messages that go to a subscriber together, and bytes of them.
    package static let topicBatch = 256
    package static let topicBatchBytes = 256 << 10
    /// Bytes of the last messages of all topics; past it those go whose topics were not used for longest.
    package static let topicLastBytes = 64 << 20
    /// What a frame with one message of a topic, or one element of a stream, has beside it, in bytes.
    package static let batchFrameRest = 1_024

    /// Streams whose source is in one process.
    package static let streams = 256
    /// How far a stream's source may be ahead of its reader, in elements and in bytes.
    package static let streamCredit = 256
    package static let streamBytes = 256 << 10
    /// How long a stream waits for somebody who reads it.
    package static let streamUnread = Duration.seconds(30)

    /// Connections that were handed to a worker and that it has not taken.
    package static let connectionsUntaken = 64
    /// The same of all workers of a listener: each costs the primary a descriptor.
    package static let connectionsHeld = 256
    /// How long they may lie there before they go to another one.
    package static let connectionHandOver = Duration.milliseconds(250)
    /// Connections that are accepted before others get their turn.
    package static let acceptsPerTurn = 16
    /// How long a connection that a worker has taken may be without a byte before it counts as idle.
    package static let firstBytes = Duration.seconds(1)
    /// How long none is accepted when there is no descriptor left.
    package static let acceptPause = Duration.milliseconds(100)
    /// How long a worker waits before it asks again for a socket of its slot that could not be made.
    package static let slotSocketPause = Duration.seconds(1)
    /// How long a worker collects what it has to tell of its connections.
    package static let connectionReports = Duration.milliseconds(20)

    /// Pipes of one worker to other workers.
    package static let directPipes = 64
    /// From one attempt to get such a pipe to the next, at first and at most.
    package static let introductionPauses = Duration.milliseconds(100)...Duration.seconds(10)
    /// Processes without such a pipe that a worker remembers, so that it does not ask for them again too soon.
    package static let processesApart = 1_024
    /// From the end of such a pipe to the news of how the other process ended, before calls fail with an unknown end.
    package static let partnersEnd = Duration.seconds(1)
    /// How long a worker that finishes its calls waits for another one to say that it has sent the last.
    package static let partnersAnswer = Duration.seconds(1)

    /// How long a process that has been spawned and says no hello holds the place of the next one.
    package static let spawnTurn = Duration.seconds(2)
    /// How long a worker does nothing before it gives back the code that only its start has used.
    package static let firstRest = Duration.milliseconds(100)
    /// From spawn to hello.
    package static let hello = Duration.seconds(10)
    /// The least time from one element of a cluster's statistics to the next.
    package static let statisticsEvery = Duration.milliseconds(10)
    /// From one ping to a worker to the next; the bounds of what may be set.
    package static let pingIntervals = Duration.milliseconds(10)...Duration.seconds(3_600)
    /// A process that wakes up by more than this too late has stood still itself, and judges nobody for that time.
    package static let loopLag = Duration.milliseconds(500)
    /// From the end of a worker's pipe to its exit status, before its calls fail with an unknown one.
    package static let exitStatus = Duration.milliseconds(20)
    /// How long a worker whose primary is gone waits for its cancelled calls before it does its shutdown work.
    package static let orphanCalls = Duration.milliseconds(300)
    /// What it gets in all before it is cut off.
    package static let orphanShutdown = Duration.milliseconds(900)
    /// How long a worker that exits waits for the primary to read what it has sent.
    package static let lastWords = Duration.seconds(1)
    /// How long a process that is ended by force waits for the workers that it has killed.
    package static let forcedExit = Duration.milliseconds(300)
    /// How long what is registered for exit may take then.
    package static let exitHandlers = Duration.milliseconds(100)
    /// After this long a health check says how late the executor is instead of waiting for it.
    package static let executorProbe = Duration.milliseconds(250)
    /// When the system lets no more descriptors be under way, after this long they are passed again.
    package static let descriptorPause = Duration.milliseconds(10)
    /// How long a call waits whose descriptors the other process could not take, before it is sent again: at first, and
    /// at most.
    package static let descriptorRetries = Duration.milliseconds(10)...Duration.seconds(1)
    /// Reads from one socket before others get their turn.
    package static let readsPerTurn = 8
}

/// The bounds of the message coder.
package enum MessageLimits {
    /// How deep values and containers may lie in each other, the outermost counted as 1.
    ///
    /// A value inside a value counts one level whether or not it has a container of its own, and so does a container
    /// that is nested by hand. 64 levels fit a stack of 128 KiB.
    package static let depth = 64

    /// How many key names of one message get a number; later ones are written out each time.
    package static let numberedKeys = 65_536

    /// How many idle writers, and as many readers, are kept for the next message.
    package static let idleCoders = 32

    /// The largest buffer, in bytes, that an idle coder keeps.
    package static let idleBufferBytes = 256 * 1024

    /// From so many bytes on a byte array is sent from where the program has it: its frame is a long one then.
    static let longArray = FrameLayout.sliceSize

    /// The longest string, byte array or key: its length travels in 32 bits.
    static let length = Int(UInt32.max)
}
