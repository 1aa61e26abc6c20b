// What Swift cannot reach: calls of the system and the C library, what its own runtime keeps to itself, the thread sanitizer.
#pragma once

#include "system.h"
#include "descriptors.h"
#include "sharedmemory.h"
#include "signals.h"
#include "targets.h"
#include "tasks.h"
#include "sanitizer.h"
#include "sockets.h"
