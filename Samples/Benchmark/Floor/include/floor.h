// The floor: what the kernel charges for the same work. C, blocking system calls on a socket pair, no runtime in between.
//
// Times are in nanoseconds on the monotonic clock. Functions answer with -errno when the system refuses something. The child
// is a fork of this process that does nothing but read and write, and is gone when the function returns.
#pragma once

#include <stdint.h>

// Processor time that the measured calls took, in nanoseconds; all children together.
typedef struct {
    long calls;
    int64_t parent;
    int64_t children;
} floor_cost;

// Sends `bytes` to each child and waits until all have sent them back, again and again for `duration` after `warm_up`.
// Returns how often it did; the first `capacity` times are in `times`.
long floor_round_trips(int children, long bytes, int64_t warm_up, int64_t duration, int64_t *times, long capacity,
                       floor_cost *cost);

typedef enum {
    FLOOR_EACH,     // one write and one read per message, on both sides
    FLOOR_BATCHED,  // whatever has arrived is answered by one write
} floor_manner;

// `callers` messages of 64 bytes are on their way at any time, each answered by the next. Returns how many came back in
// `duration`; `elapsed` is how long that really took.
long floor_pipelined(floor_manner manner, int callers, int64_t duration, int64_t *elapsed, floor_cost *cost);

// From before the spawn of a C program, /bin/cat, to the echo of 64 bytes.
int64_t floor_start(void);
// From before SIGKILL to such a program, whose end is noticed by its socket, to the echo of the next one.
int64_t floor_restart(void);
