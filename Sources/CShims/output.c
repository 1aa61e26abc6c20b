#include "include/system.h"

#include <signal.h>
#include <stdio.h>

void ac_print_line_by_line(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

static void do_nothing(int signal) { (void)signal; }

// A handler and not SIG_IGN, which a program that is started from here would inherit.
void ac_survive_broken_pipes(void) {
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
    action = (struct sigaction){.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
}
