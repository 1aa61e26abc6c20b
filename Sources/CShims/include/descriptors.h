#pragma once

#include <stddef.h>
#include <sys/types.h>

// Descriptors on a Unix stream socket (SCM_RIGHTS). The kernel attaches them to the first byte of what one sendmsg(2) writes,
// and one recvmsg(2) does not read on behind the write that brought some.
enum { AC_MOST_DESCRIPTORS = 64 };

typedef struct {
    int numbers[AC_MOST_DESCRIPTORS]; // close-on-exec
    int count;
    int is_lost;                      // not all of them could be had; none is given then
} ac_arrival;

// recvmsg(2) and sendmsg(2) without blocking, and without SIGPIPE; -1: errno. `pieces`: struct iovec, whose module is the C
// library's.
ssize_t ac_receive(int socket, void *pieces, size_t count, ac_arrival *arrival);
ssize_t ac_send(int socket, void *pieces, size_t count, const int *descriptors, int descriptor_count);
