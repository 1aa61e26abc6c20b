#include "tasks.h"

_Thread_local int ac_captured_job_runs;

static _Thread_local int wanted;
static _Thread_local const void *captured;

void ac_begin_capture(void) {
    wanted = 1;
    captured = NULL;
}

static int capture(const void *job) {
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

// swift/Runtime/Concurrency.h
#define SWIFT_CC __attribute__((swiftcall))
typedef SWIFT_CC void (*enqueue_global)(void *job);
typedef SWIFT_CC void (*enqueue_global_hook)(void *job, enqueue_global original);
extern enqueue_global_hook swift_task_enqueueGlobal_hook;

extern SWIFT_CC void swift_task_enqueueGlobal(void *job);

static enqueue_global_hook previous;

static SWIFT_CC void capture_or_pass(void *job, enqueue_global original) {
    if (capture(job)) return;
    enqueue_global_hook next = __atomic_load_n(&previous, __ATOMIC_ACQUIRE);
    if (next) next(job, original);
    else original(job);
}

void ac_capture_global_jobs(void) {
    if (swift_task_enqueueGlobal_hook == &capture_or_pass) return;
    __atomic_store_n(&previous, swift_task_enqueueGlobal_hook, __ATOMIC_RELEASE);
    __atomic_store_n(&swift_task_enqueueGlobal_hook, &capture_or_pass, __ATOMIC_RELEASE);
}

void ac_release_job(const void *job) { swift_task_enqueueGlobal((void *)job); }
