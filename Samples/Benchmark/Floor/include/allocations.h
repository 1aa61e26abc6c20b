// Counts this process's allocations: calls of malloc, calloc, realloc, aligned_alloc, posix_memalign and memalign, by whatever
// code. The program's own functions of these names pass each on to glibc and, when told to, count it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// False: not with this C library, or a sanitizer wants these functions for itself. Then the count stays 0.
bool allocations_can_be_counted(void);
// Off at first: counting costs every allocation an atomic addition.
void allocations_count(bool on);
// How many were counted so far.
uint64_t allocations_counted(void);
