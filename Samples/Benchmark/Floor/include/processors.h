// On which processors this process runs.
#pragma once

// How many it may use, by its affinity; at least 1.
int processors_available(void);
// Starts this program anew on one processor, the first of those it may use. Returns -errno if that fails.
//
// Anew, because an affinity is that of a thread: those that exist would keep theirs, and the runtime has counted processors.
int processors_restart_on_one(char *const *arguments);
