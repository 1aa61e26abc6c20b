#define _GNU_SOURCE
#include "include/sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

int ac_accept(int listening, void *address, uint32_t *length) {
#ifdef SOCK_CLOEXEC
    return accept4(listening, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
    int number = accept(listening, address, length);
    if (number < 0) return number;
    fcntl(number, F_SETFD, FD_CLOEXEC);
    fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK);
    return number;
#endif
}
