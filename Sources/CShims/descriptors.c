#define _GNU_SOURCE
#include "include/descriptors.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

typedef union {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(AC_MOST_DESCRIPTORS * sizeof(int))];
} control_space;

static void take(struct cmsghdr *header, ac_arrival *arrival) {
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int number;
        memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
        if (arrival->count < AC_MOST_DESCRIPTORS) {
            arrival->numbers[arrival->count++] = number;
        } else {
            close(number);
            arrival->is_lost = 1;
        }
    }
}

ssize_t ac_receive(int socket, void *pieces, size_t count, ac_arrival *arrival) {
    control_space space;
    struct msghdr message = {
        .msg_iov = pieces, .msg_iovlen = count, .msg_control = space.bytes, .msg_controllen = sizeof space.bytes};
    arrival->count = 0;
    arrival->is_lost = 0;
#ifdef MSG_CMSG_CLOEXEC
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
#else
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT);
#endif
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) take(header, arrival);
    }
    if (message.msg_flags & MSG_CTRUNC) arrival->is_lost = 1;
    for (int i = 0; i < arrival->count; i++) {
        if (arrival->is_lost) close(arrival->numbers[i]);
#ifndef MSG_CMSG_CLOEXEC
        else fcntl(arrival->numbers[i], F_SETFD, FD_CLOEXEC);
#endif
    }
    if (arrival->is_lost) arrival->count = 0;
    return received;
}

ssize_t ac_send(int socket, void *pieces, size_t count, const int *descriptors, int descriptor_count) {
    control_space space;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    if (descriptor_count > 0) {
        size_t length = (size_t)descriptor_count * sizeof(int);
        memset(&space, 0, sizeof space);
        message.msg_control = space.bytes;
        message.msg_controllen = CMSG_SPACE(length);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(length);
        memcpy(CMSG_DATA(header), descriptors, length);
    }
#ifdef MSG_NOSIGNAL
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
#else
    return sendmsg(socket, &message, MSG_DONTWAIT);
#endif
}
