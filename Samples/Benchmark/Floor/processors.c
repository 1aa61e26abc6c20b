#define _GNU_SOURCE
#include "include/processors.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <unistd.h>

int processors_available(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int processors_restart_on_one(char *const *arguments) {
    cpu_set_t available, first;
    if (sched_getaffinity(0, sizeof available, &available) != 0) return -errno;
    int number = 0;
    while (number < CPU_SETSIZE - 1 && !CPU_ISSET(number, &available)) number++;
    CPU_ZERO(&first);
    CPU_SET(number, &first);
    // By its path: /proc/self/exe would also become the process's name.
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0 || sched_setaffinity(0, sizeof first, &first) != 0) return -errno;
    path[length] = 0;
    execv(path, arguments);
    return -errno;
}
