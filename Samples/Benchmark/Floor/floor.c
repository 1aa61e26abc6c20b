#define _GNU_SOURCE
#include "include/floor.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    HEADER = 8,  // what any frame needs: a length and a number
    MESSAGE = HEADER + 64,
    BATCH = 1 << 16,
    MOST_CHILDREN = 64,
};

typedef struct child {
    pid_t pid;
    int socket;
} child;

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

static bool write_all(int socket, const char *bytes, long count) {
    while (count > 0) {
        // A child that has died is an error, not a signal.
        ssize_t written = send(socket, bytes, count, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        count -= written;
    }
    return true;
}

static ssize_t read_some(int socket, char *bytes, long count) {
    while (true) {
        ssize_t got = read(socket, bytes, count);
        if (got >= 0 || errno != EINTR) return got;
    }
}

static bool read_all(int socket, char *bytes, long count) {
    while (count > 0) {
        ssize_t got = read_some(socket, bytes, count);
        if (got == 0) errno = ECONNRESET;
        if (got <= 0) return false;
        bytes += got;
        count -= got;
    }
    return true;
}

// Until its parent closes the socket. `unit`: bytes of a message, or 0 to answer whatever is there.
static void serve(int socket, char *buffer, long capacity, long unit) {
    while (true) {
        ssize_t got = unit ? (read_all(socket, buffer, unit) ? unit : 0) : read_some(socket, buffer, capacity);
        if (got <= 0 || !write_all(socket, buffer, got)) _exit(0);
    }
}

// Forks a child that serves. After the fork it makes system calls only, because other threads may have held any lock.
static bool open_child(child *child, char *buffer, long capacity, long unit) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return false;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || dup2(pair[1], 3) < 0) _exit(1);
        closefrom(4);
        serve(3, buffer, capacity, unit);
    }
    int error = errno;
    close(pair[1]);
    if (pid < 0) close(pair[0]);
    errno = error;
    *child = (struct child){.pid = pid, .socket = pair[0]};
    return pid > 0;
}

static void close_child(const child *child) {
    int error = errno;
    close(child->socket);
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    errno = error;
}

// What the parent's thread and the children have used so far; a difference of two is what lay between.
static void add_cost(floor_cost *cost, const child *children, int count, int sign) {
    cost->parent += sign * read_clock(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < count; i++) {
        clockid_t clock;
        if (clock_getcpuclockid(children[i].pid, &clock) == 0) cost->children += sign * read_clock(clock);
    }
}

// Once around all children. The message carries a number, so that an answer cannot be taken for another one.
static bool round_trip(const child *children, int count, char *message, char *answer, long bytes, uint64_t number) {
    memcpy(message, &number, sizeof number);
    for (int i = 0; i < count; i++) {
        if (!write_all(children[i].socket, message, bytes)) return false;
    }
    for (int i = 0; i < count; i++) {
        if (!read_all(children[i].socket, answer, bytes)) return false;
        if (memcmp(answer, message, sizeof number) != 0) {
            errno = EBADMSG;
            return false;
        }
    }
    return true;
}

static long measure_round_trips(const child *children, int count, char *message, char *answer, long bytes,
                                int64_t warm_up, int64_t duration, int64_t *times, long capacity, floor_cost *cost) {
    uint64_t number = 0;
    int64_t end = now() + warm_up;
    do {
        if (!round_trip(children, count, message, answer, bytes, number++)) return -errno;
    } while (now() < end);
    add_cost(cost, children, count, -1);
    int64_t begin = now();
    for (end = begin + duration; begin < end || cost->calls == 0;) {
        if (!round_trip(children, count, message, answer, bytes, number++)) return -errno;
        int64_t time = now();
        if (cost->calls < capacity) times[cost->calls] = time - begin;
        cost->calls++;
        begin = time;
    }
    add_cost(cost, children, count, 1);
    return cost->calls;
}

long floor_round_trips(int children, long bytes, int64_t warm_up, int64_t duration, int64_t *times, long capacity,
                       floor_cost *cost) {
    *cost = (floor_cost){0};
    if (children < 1 || children > MOST_CHILDREN || bytes < 1) return -EINVAL;
    bytes += HEADER;
    char *message = calloc(2, bytes);
    if (message == NULL) return -ENOMEM;
    struct child opened[MOST_CHILDREN];
    int count = 0;
    while (count < children && open_child(&opened[count], message, bytes, bytes)) count++;
    long result = count < children ? -errno
                                   : measure_round_trips(opened, count, message, message + bytes, bytes, warm_up,
                                                         duration, times, capacity, cost);
    for (int i = 0; i < count; i++) close_child(&opened[i]);
    free(message);
    return result;
}

static long measure_pipelined(const child *child, floor_manner manner, int callers, int64_t duration, char *buffer,
                              floor_cost *cost) {
    int64_t end = now() + duration;
    long unfinished = 0;  // bytes of a message whose rest has not arrived
    for (int i = 0; i < callers; i++) {
        if (!write_all(child->socket, buffer, MESSAGE)) return -errno;
    }
    for (long waiting = callers; waiting > 0;) {
        long room = manner == FLOOR_EACH ? MESSAGE - unfinished : BATCH;
        ssize_t got = read_some(child->socket, buffer, room);
        if (got <= 0) return got == 0 ? -ECONNRESET : -errno;
        long answers = (unfinished + got) / MESSAGE;
        unfinished = (unfinished + got) % MESSAGE;
        cost->calls += answers;
        if (now() >= end) {
            waiting -= answers;
        } else if (!write_all(child->socket, buffer, answers * MESSAGE)) {
            return -errno;
        }
    }
    return cost->calls;
}

long floor_pipelined(floor_manner manner, int callers, int64_t duration, int64_t *elapsed, floor_cost *cost) {
    *cost = (floor_cost){0};
    if (callers < 1) return -EINVAL;
    // An answer may be longer than the batch it was read with, by the message that batch completed.
    char *buffer = calloc(1, BATCH + MESSAGE);
    if (buffer == NULL) return -ENOMEM;
    struct child child;
    long result = -EIO;
    if (open_child(&child, buffer, BATCH, manner == FLOOR_EACH ? MESSAGE : 0)) {
        add_cost(cost, &child, 1, -1);
        int64_t begin = now();
        result = measure_pipelined(&child, manner, callers, duration, buffer, cost);
        *elapsed = now() - begin;
        add_cost(cost, &child, 1, 1);
        close_child(&child);
    } else {
        result = -errno;
    }
    free(buffer);
    return result;
}

// Starts /bin/cat with a socket as its input and output, and waits for its first echo.
static bool spawn_and_ask(child *child) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    char *arguments[] = {"cat", NULL};
    int error = posix_spawn(&child->pid, "/bin/cat", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    child->socket = pair[0];
    if (error != 0) {
        close(pair[0]);
        errno = error;
        return false;
    }
    char message[MESSAGE] = {0};
    if (write_all(child->socket, message, MESSAGE) && read_all(child->socket, message, MESSAGE)) return true;
    close_child(child);
    return false;
}

int64_t floor_start(void) {
    struct child child;
    int64_t begin = now();
    if (!spawn_and_ask(&child)) return -errno;
    int64_t elapsed = now() - begin;
    close_child(&child);
    return elapsed;
}

int64_t floor_restart(void) {
    struct child first, second;
    if (!spawn_and_ask(&first)) return -errno;
    int64_t begin = now();
    kill(first.pid, SIGKILL);
    char byte;
    int64_t elapsed = read_some(first.socket, &byte, 1) > 0 ? -EBADMSG : 0;
    if (elapsed == 0 && spawn_and_ask(&second)) {
        elapsed = now() - begin;
        close_child(&second);
    } else if (elapsed == 0) {
        elapsed = -errno;
    }
    close_child(&first);
    return elapsed;
}
