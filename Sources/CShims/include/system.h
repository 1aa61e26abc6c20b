#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// mallopt(3): blocks of up to 4 MiB come from the heap, and up to 16 MiB of freed heap are kept. Nothing where the C library is
// not glibc.
void ac_keep_freed_memory(void);
// madvise(2) with MADV_DONTNEED for what is mapped read-only from the files of the program and its libraries, but for pages
// that somebody has written to all the same, such as a debugger with its breakpoints: those would be lost. Nothing where that
// cannot be told (no /proc), and on systems other than Linux.
void ac_give_back_code(void);

// Makes the C library's standard output leave at each line feed, as it does on a terminal.
void ac_print_line_by_line(void);
// Where SIGPIPE would end the process it does nothing any more. What the process starts finds it as it was.
void ac_survive_broken_pipes(void);

#ifdef __linux__
#include <spawn.h>

// epoll(7), level-triggered. `tag` comes back with each event; `interest` is made of the bits below, and a hang-up or an
// error counts as readable.
enum { AC_READABLE = 1, AC_WRITABLE = 2 };
typedef struct {
    uint64_t tag;
    uint32_t interest;
} ac_epoll_event;

int ac_epoll_create(void);
int ac_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t tag);
int ac_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t tag);
int ac_epoll_remove(int epoll, int descriptor);
// `timeout` in milliseconds, negative: for ever.
int ac_epoll_wait(int epoll, ac_epoll_event *events, int capacity, int timeout);

// timerfd_create(2) on the monotonic clock, close-on-exec and non-blocking, and the moment at which it becomes readable.
int ac_timerfd(void);
int ac_timerfd_set(int timer, int64_t nanoseconds);

// eventfd(2), close-on-exec and non-blocking.
int ac_eventfd(void);

// pipe2(2), both ends close-on-exec, the reading one (the first) non-blocking.
int ac_pipe(int ends[2]);
// open(2) with O_PATH, close-on-exec: holds a file without the right to read it.
int ac_open_path(const char *path);
// The path that this program was given to execve(2) by, or NULL.
const char *ac_started_as(void);

// pidfd_open(2) by number, because glibc has a wrapper only since 2.36.
int ac_pidfd_open(pid_t pid);
// pidfd_send_signal(2): cannot hit another process, even when the pid has been taken again.
int ac_pidfd_signal(int pidfd, int signal);
// The same to the process group that the process leads or has led. Linux 6.9 takes the pidfd for the group, which no number
// that was taken again can confuse; before, it is kill(2), and only while the child has not been reaped, since its number is
// still its own then.
int ac_pidfd_signal_group(int pidfd, pid_t pid, int signal);
// SIGKILL to all that is left of the process group that this process leads, but for itself: it goes into a new group, that of
// a child made for this, and signals the old one from there. Nothing if it leads none.
void ac_kill_rest_of_group(void);
// Waits for the child behind a pidfd without blocking. 1: gone, `code` and `status` are as in siginfo_t; 0: alive; -1: errno.
int ac_pidfd_reap(int pidfd, int *code, int *status);

// posix_spawn_file_actions_addclosefrom_np and _addchdir_np are hidden behind _GNU_SOURCE.
int ac_spawn_close_from(posix_spawn_file_actions_t *actions, int first);
int ac_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path);

// prctl(PR_SET_PDEATHSIG): the signal this process gets when the thread that spawned it ends.
int ac_set_parent_death_signal(int signal);
int ac_name_thread(const char *name);

// The processors this process may run on, by its affinity; at least 1.
int ac_available_processors(void);
#endif
