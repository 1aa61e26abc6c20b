// What of the Swift runtime's tasks Swift itself does not show: jobs without an executor, records of cancellation.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Between `ac_begin_capture` and `ac_end_capture`, which returns it or NULL, the first job that the calling thread makes ready
// of a task without an executor of its own is kept instead of being given to another thread.
void ac_begin_capture(void);
const void *ac_end_capture(void);
// Makes that possible, by the runtime's hook for such jobs; a hook that is there already gets the others.
void ac_capture_global_jobs(void);
// Gives a captured job to whatever thread there is, where it would have gone uncaptured.
void ac_release_job(const void *job);
// Whether the calling thread runs a captured job: as whoever runs it has said.
extern _Thread_local int ac_captured_job_runs;
static inline int ac_runs_captured_job(void) { return ac_captured_job_runs; }
static inline void ac_run_captured_job(int begins) { ac_captured_job_runs = begins; }

// Between the two `cancel` is called when the current task is cancelled, on whatever thread, or at once if it has been. Both
// are called by the same function of the task, with no memory of the task's taken in between and still in use at the end.
typedef void (*ac_cancel)(const void *object, uint64_t number);
void *ac_begin_cancellation(ac_cancel cancel, const void *object, uint64_t number);
void ac_end_cancellation(void *begun);
