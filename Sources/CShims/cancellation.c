#include "include/tasks.h"

#if defined(__linux__) && defined(__x86_64__)

// swift/Runtime/Concurrency.h
#define SWIFT_CC __attribute__((swiftcall))
#define SWIFT_CONTEXT __attribute__((swift_context))
typedef SWIFT_CC void (*cancellation_handler)(SWIFT_CONTEXT void *context);
extern SWIFT_CC void *swift_task_alloc(size_t size);
extern SWIFT_CC void swift_task_dealloc(void *memory);
extern SWIFT_CC void *swift_task_addCancellationHandler(cancellation_handler handler, void *context);
extern SWIFT_CC void swift_task_removeCancellationHandler(void *record);

typedef struct {
    ac_cancel cancel;
    const void *object;
    uint64_t number;
    void *record;
} notice;

static SWIFT_CC void cancel(SWIFT_CONTEXT void *context) {
    const notice *it = context;
    it->cancel(it->object, it->number);
}

// The task's own memory is a stack: both are taken from it, and given back in the opposite order.
void *ac_begin_cancellation(ac_cancel body, const void *object, uint64_t number) {
    notice *it = swift_task_alloc(sizeof *it);
    *it = (notice){.cancel = body, .object = object, .number = number};
    it->record = swift_task_addCancellationHandler(cancel, it);
    return it;
}

void ac_end_cancellation(void *begun) {
    swift_task_removeCancellationHandler(((notice *)begun)->record);
    swift_task_dealloc(begun);
}

#endif
