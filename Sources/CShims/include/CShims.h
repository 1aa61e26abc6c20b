// System calls that Swift's Glibc overlay does not offer, and nothing else.
#pragma once

#include "system.h"
#include "descriptors.h"
#include "sharedmemory.h"
#include "signals.h"
#include "targets.h"
#include "sanitizer.h"
#include "sockets.h"
