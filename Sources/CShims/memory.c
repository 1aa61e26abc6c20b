#include "system.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

void ac_keep_freed_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}
