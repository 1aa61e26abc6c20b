#pragma once

#include <stdint.h>

// accept4(2): the new socket is non-blocking and close-on-exec. `address`: struct sockaddr, whose module is the C library's.
int ac_accept(int listening, void *address, uint32_t *length);
