#define _GNU_SOURCE
#include "system.h"

#ifdef __linux__
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#ifdef __GLIBC__
#include <malloc.h>
#endif

void ac_keep_freed_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

#ifdef __linux__
// As in Documentation/admin-guide/mm/pagemap.rst of the kernel: a page that is there, one that has been swapped out, and one
// that still is the file's own.
static const uint64_t page_is_present = 1ull << 63, page_is_swapped = 1ull << 62, page_is_of_file = 1ull << 61;

// What is looked at together: 512 words of 8 bytes, on the stack.
enum { AC_PAGES_AT_ONCE = 512 };

struct giving_back {
    int pagemap;
    uintptr_t page_size;
};

static int is_changed(uint64_t page) {
    return (page & (page_is_present | page_is_swapped)) && !(page & page_is_of_file);
}

static void give_back_unchanged(uintptr_t begin, const uint64_t *pages, size_t count, uintptr_t page_size) {
    size_t first = 0;
    for (size_t i = 0; i <= count; i++) {
        if (i < count && !is_changed(pages[i])) continue;
        if (i > first) madvise((void *)(begin + first * page_size), (i - first) * page_size, MADV_DONTNEED);
        first = i + 1;
    }
}

static void give_back_segment(uintptr_t begin, uintptr_t end, const struct giving_back *giving) {
    uint64_t pages[AC_PAGES_AT_ONCE];
    while (begin < end) {
        size_t count = (end - begin) / giving->page_size;
        if (count > AC_PAGES_AT_ONCE) count = AC_PAGES_AT_ONCE;
        ssize_t size = (ssize_t)(count * sizeof *pages);
        if (pread(giving->pagemap, pages, (size_t)size, (off_t)(begin / giving->page_size * sizeof *pages)) != size) return;
        give_back_unchanged(begin, pages, count, giving->page_size);
        begin += count * giving->page_size;
    }
}

static int give_back_image(struct dl_phdr_info *image, size_t size, void *context) {
    const struct giving_back *giving = context;
    for (int i = 0; i < image->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &image->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t address = image->dlpi_addr + segment->p_vaddr, rest = giving->page_size - 1;
        give_back_segment(address & ~rest, (address + segment->p_filesz) & ~rest, giving);
    }
    return 0;
}

void ac_give_back_code(void) {
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0) return;
    struct giving_back giving = {.pagemap = pagemap, .page_size = (uintptr_t)sysconf(_SC_PAGESIZE)};
    dl_iterate_phdr(give_back_image, &giving);
    close(pagemap);
}
#else
void ac_give_back_code(void) {}
#endif
