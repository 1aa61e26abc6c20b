#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "include/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { AC_SIGNALS = 65 };

static atomic_uint ac_counts[AC_SIGNALS];
static struct sigaction ac_before[AC_SIGNALS];
// Written once, before any signal is caught.
static int ac_pipe[2] = {-1, -1};

int ac_signal_pipe(void) {
    if (ac_pipe[0] >= 0) return ac_pipe[0];
    int ends[2];
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    ac_pipe[1] = ends[1];
    ac_pipe[0] = ends[0];
    return ends[0];
}

static void note(int signal) {
    int saved = errno;
    atomic_fetch_add(&ac_counts[signal], 1);
    // A pipe that is full wakes its reader, too.
    ssize_t written = write(ac_pipe[1], "", 1);
    (void)written;
    errno = saved;
}

int ac_signal_catch(int signal) {
    struct sigaction *before = &ac_before[signal];
    if (sigaction(signal, NULL, before) != 0) return -1;
    if (!(before->sa_flags & SA_SIGINFO) && before->sa_handler == SIG_IGN) return 1;
    atomic_store(&ac_counts[signal], 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    return sigaction(signal, &action, NULL);
}

void ac_signal_release(int signal) {
    struct sigaction now;
    if (sigaction(signal, NULL, &now) != 0) return;
    if (!(now.sa_flags & SA_SIGINFO) && now.sa_handler == note) sigaction(signal, &ac_before[signal], NULL);
}

uint32_t ac_signal_take(int signal) { return atomic_exchange(&ac_counts[signal], 0); }
