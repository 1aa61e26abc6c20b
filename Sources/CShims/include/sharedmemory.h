#pragma once

#include <stddef.h>
#include <stdint.h>

// Memory behind a descriptor, close-on-exec: of so many bytes, without a name that anybody could open. -1: errno.
int ac_memory_create(size_t size);
// From now on nobody can write to it or change its size; nothing may be mapped for writing any more.
int ac_memory_seal(int memory);
// Its size in bytes, if it is sealed; -1: errno, EPERM if it is not.
int64_t ac_memory_size(int memory);
