#define _GNU_SOURCE
#include "include/sharedmemory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

int ac_memory_create(size_t size) {
    int memory = memfd_create("actorcluster", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory >= 0 && ftruncate(memory, (off_t)size) != 0) {
        int error = errno;
        close(memory);
        errno = error;
        return -1;
    }
    return memory;
}

int ac_memory_seal(int memory) { return fcntl(memory, F_ADD_SEALS, SEALS); }

static int is_sealed(int memory) {
    int seals = fcntl(memory, F_GET_SEALS);
    return seals >= 0 && (seals & SEALS) == SEALS;
}

#else

// A file that has lost its name. Nothing can seal it here: both ends trust each other.
int ac_memory_create(size_t size) {
    char name[] = "/tmp/actorcluster.XXXXXX";
    int memory = mkstemp(name);
    if (memory < 0) return -1;
    unlink(name);
    fcntl(memory, F_SETFD, FD_CLOEXEC);
    if (ftruncate(memory, (off_t)size) == 0) return memory;
    int error = errno;
    close(memory);
    errno = error;
    return -1;
}

int ac_memory_seal(int memory) { return 0; }

static int is_sealed(int memory) { return 1; }

#endif

int64_t ac_memory_size(int memory) {
    struct stat facts;
    if (fstat(memory, &facts) != 0) return -1;
    if (!S_ISREG(facts.st_mode) || !is_sealed(memory)) {
        errno = EPERM;
        return -1;
    }
    return facts.st_size;
}
