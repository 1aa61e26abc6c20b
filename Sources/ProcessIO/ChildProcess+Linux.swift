#if os(Linux)
import CShims
import Glibc

/// A child of this process, known by a pidfd: no signal can reach a stranger, and its end is an event of the loop.
package final class ChildProcess: Sendable {
    package let pid: Int32
    private let pidfd: FileDescriptor

    /// Starts it. Called on the spawner's thread.
    package init(_ plan: SpawnPlan, channel: Socket) throws(SystemError) {
        try SpawnStep.spawn.check()
        let pid = try plan.spawn(channel: channel.number)
        self.pid = pid
        do throws(SystemError) {
            try SpawnStep.descriptor.check()
            pidfd = FileDescriptor(owning: try checking("pidfd_open") { ac_pidfd_open(pid) })
        } catch {
            Self.killAndReap(pid)
            throw error
        }
    }

    /// Sends a signal; a process that is gone already is left alone.
    ///
    /// A stopped process would not hear SIGTERM, so it is followed by SIGCONT, as in systemd.kill(5). SIGKILL goes to
    /// the whole process group that the child leads, so to its own children, too.
    package func signal(_ signal: StopSignal) {
        switch signal {
        case .terminate:
            ac_pidfd_signal(pidfd.number, SIGTERM)
            ac_pidfd_signal(pidfd.number, SIGCONT)
        case .kill:
            ac_pidfd_signal(pidfd.number, SIGKILL)
            ac_pidfd_signal_group(pidfd.number, pid, SIGKILL)
        }
    }

    /// Calls `handler` on the loop, once, when the process has ended and been reaped. If it throws, the process has
    /// been killed and reaped already.
    package func observeExit(
        on loop: EventLoop, _ handler: @escaping @Sendable (ProcessExit) -> Void
    ) throws(SystemError) {
        let watcher = ExitWatcher(child: self, loop: loop, handler: handler)
        do throws(SystemError) {
            try SpawnStep.watch.check()
            let watch = try loop.watch(pidfd.number, for: .readable, watcher)
            watcher.watch.with(loop) { $0 = watch }
        } catch {
            Self.killAndReap(pid)
            throw error
        }
    }

    /// For a child whose end could not be seen. It is ours and unreaped, so the pid is still its own.
    private static func killAndReap(_ pid: pid_t) {
        kill(pid, SIGKILL)
        kill(-pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
    }

    /// For a child that has ended and is not reaped yet: until then nobody else can have its number.
    fileprivate func killRestOfGroup() { ac_pidfd_signal_group(pidfd.number, pid, SIGKILL) }

    /// `nil` while it runs.
    fileprivate func reap() -> ProcessExit? {
        var (code, status): (Int32, Int32) = (0, 0)
        switch ac_pidfd_reap(pidfd.number, &code, &status) {
        case 0: return nil
        case 1: return code == CLD_EXITED ? .code(status) : .signal(status)
        default: return errno == EINTR ? nil : .unknown
        }
    }
}

private final class ExitWatcher: ReadinessHandler {
    let watch = LoopConfined<EventLoop.WatchID?>(nil)
    private let child: ChildProcess
    private let loop: EventLoop
    private let handler: @Sendable (ProcessExit) -> Void

    init(child: ChildProcess, loop: EventLoop, handler: @escaping @Sendable (ProcessExit) -> Void) {
        self.child = child
        self.loop = loop
        self.handler = handler
    }

    func becameReady(_ interest: Interest) {
        child.killRestOfGroup()
        guard let exit = child.reap() else { return }
        if let watch = watch.with(loop, { $0 }) { loop.unwatch(watch) }
        handler(exit)
    }
}

struct SpawnActions {
    var value = posix_spawn_file_actions_t()

    init() { posix_spawn_file_actions_init(&value) }

    mutating func add(
        _ call: String, _ body: (inout posix_spawn_file_actions_t) -> Int32
    ) throws(SystemError) {
        let code = body(&value)
        guard code == 0 else { throw SystemError(call: call, code: code) }
    }

    mutating func closeOthers(from first: Int32) throws(SystemError) {
        try add("posix_spawn_file_actions_addclosefrom_np") { ac_spawn_close_from(&$0, first) }
    }

    mutating func changeDirectory(_ path: String) throws(SystemError) {
        try add("posix_spawn_file_actions_addchdir_np") { ac_spawn_change_directory(&$0, path) }
    }

    mutating func destroy() { posix_spawn_file_actions_destroy(&value) }
}

struct SpawnAttributes {
    var value = posix_spawnattr_t()

    /// An empty signal mask, default handlers for all signals, a process group of its own.
    init() throws(SystemError) {
        posix_spawnattr_init(&value)
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        for fixed in [SIGKILL, SIGSTOP] { sigdelset(&all, fixed) }
        posix_spawnattr_setsigmask(&value, &none)
        posix_spawnattr_setsigdefault(&value, &all)
        posix_spawnattr_setpgroup(&value, 0)
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP)
        let code = posix_spawnattr_setflags(&value, flags)
        guard code == 0 else { throw SystemError(call: "posix_spawnattr_setflags", code: code) }
    }

    mutating func destroy() { posix_spawnattr_destroy(&value) }
}

/// This very program, whatever has been put in its place on the disk since it was started.
package let ownExecutable = "/proc/self/exe"

/// Where this program was started from: what is there now may be another one. Asked for first before the working
/// directory is changed.
package let ownExecutablePath: String = {
    // As it was given to execve, symbolic links and all, since a deployment may change where these lead.
    if let given = ac_started_as().map({ String(cString: $0) }), !given.hasPrefix("/proc/"), !given.hasPrefix("/dev/") {
        if given.hasPrefix("/") { return given }
        if let directory = getcwd(nil, 0) {
            defer { free(directory) }
            return String(cString: directory) + "/" + given
        }
    }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(ownExecutable, &buffer, buffer.count)
    let path = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
}()

/// The processors this process may use, by its affinity.
package var availableProcessors: Int { Int(ac_available_processors()) }

/// Whether a child that was spawned is told when this process dies: SIGCONT wakes a stopped one, which then sees the
/// end of its channel. To be called by the child; a parent that is gone already shows at the channel.
package func wakeOnParentDeath() { ac_set_parent_death_signal(SIGCONT) }

/// Ends the processes that this one, the leader of a process group, has started and not moved to another group.
package func killRestOfGroup() { ac_kill_rest_of_group() }
#endif
