#pragma once

#include <stdint.h>

// Signals as bytes in a pipe. The handler does what signal-safety(7) allows: it counts, and writes one byte.
//
// Makes the pipe, close-on-exec and non-blocking at both ends, once in a process. The end to read from, or -1 and errno.
int ac_signal_pipe(void);
// Catches a signal, and keeps what was there before. 0: caught; 1: it is ignored, and stays so; -1: errno. One thread at a
// time.
int ac_signal_catch(int signal);
// Puts back what was there before `ac_signal_catch`, unless somebody else has taken the signal meanwhile.
void ac_signal_release(int signal);
// How often a caught signal has come since this was last asked.
uint32_t ac_signal_take(int signal);
