#include "include/allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER
#endif
#endif

static atomic_bool counting;
static _Atomic(uint64_t) counted;

void allocations_count(bool on) { atomic_store(&counting, on); }
uint64_t allocations_counted(void) { return atomic_load(&counted); }

#if defined(__GLIBC__) && !defined(SANITIZER)

// glibc's own names for its functions, for those who put theirs in front.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

bool allocations_can_be_counted(void) { return true; }

static inline void one_more(void) {
    if (atomic_load_explicit(&counting, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&counted, 1, memory_order_relaxed);
    }
}

void *malloc(size_t size) {
    one_more();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    one_more();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    one_more();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    one_more();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    one_more();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    int error = errno;
    one_more();
    void *memory = __libc_memalign(alignment, size);
    errno = error;
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

#else

bool allocations_can_be_counted(void) { return false; }

#endif
