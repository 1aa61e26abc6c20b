#include "sanitizer.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define AC_THREAD_SANITIZER
#endif
#endif

void ac_handing_over(const void *address) {
#ifdef AC_THREAD_SANITIZER
    __tsan_release((void *)address);
#else
    (void)address;
#endif
}

void ac_taken_over(const void *address) {
#ifdef AC_THREAD_SANITIZER
    __tsan_acquire((void *)address);
#else
    (void)address;
#endif
}
