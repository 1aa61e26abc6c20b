#include "system.h"

static _Thread_local int wanted;
static _Thread_local const void *captured;

void ac_begin_capture(void) {
    wanted = 1;
    captured = NULL;
}

int ac_capture(const void *job) {
    if (!wanted) return 0;
    wanted = 0;
    captured = job;
    return 1;
}

const void *ac_end_capture(void) {
    const void *job = captured;
    wanted = 0;
    captured = NULL;
    return job;
}
