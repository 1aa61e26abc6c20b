#ifdef __linux__
#define _GNU_SOURCE
#include "include/system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1 << 2)
#endif

enum { AC_MOST_EVENTS = 64 };

int ac_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t tag) {
    uint32_t events = (interest & AC_READABLE ? EPOLLIN : 0) | (interest & AC_WRITABLE ? EPOLLOUT : 0);
    struct epoll_event event = {.events = events, .data.u64 = tag};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int ac_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t tag) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, interest, tag);
}

int ac_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t tag) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, interest, tag);
}

int ac_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int ac_epoll_wait(int epoll, ac_epoll_event *events, int capacity, int timeout) {
    struct epoll_event raw[AC_MOST_EVENTS];
    int n = epoll_wait(epoll, raw, capacity < AC_MOST_EVENTS ? capacity : AC_MOST_EVENTS, timeout);
    for (int i = 0; i < n; i++) {
        uint32_t interest = (raw[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? AC_READABLE : 0)
            | (raw[i].events & EPOLLOUT ? AC_WRITABLE : 0);
        events[i] = (ac_epoll_event){.tag = raw[i].data.u64, .interest = interest};
    }
    return n;
}

int ac_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

int ac_timerfd_set(int timer, int64_t nanoseconds) {
    struct itimerspec at = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

int ac_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int ac_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int ac_open_path(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

const char *ac_started_as(void) { return (const char *)getauxval(AT_EXECFN); }

int ac_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int ac_pidfd_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int ac_pidfd_signal_group(int pidfd, pid_t pid, int signal) {
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, PIDFD_SIGNAL_PROCESS_GROUP) == 0) return 0;
    if (errno != EINVAL) return -1;
    siginfo_t info = {0};
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return -1;
    return kill(-pid, signal);
}

void ac_kill_rest_of_group(void) {
    pid_t group = getpid();
    if (getpgrp() != group) return;
    // The bare system call: fork(3) would wait for locks that a stuck thread may hold, and the child only sleeps.
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child < 0) return;
    if (child == 0) {
        struct timespec second = {.tv_sec = 1};
        syscall(SYS_ppoll, NULL, 0, &second, NULL, 0);
        syscall(SYS_exit_group, 0);
    }
    if (setpgid(child, child) == 0 && setpgid(0, child) == 0) kill(-group, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
}

int ac_pidfd_reap(int pidfd, int *code, int *status) {
    siginfo_t info = {0};
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -1;
    if (info.si_pid == 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

int ac_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int ac_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

int ac_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }

int ac_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int ac_available_processors(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count;
}
#else
// Other systems need none of these; the file keeps the target from being empty.
typedef int ac_no_shims_here;
#endif
