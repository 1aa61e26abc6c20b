// What the benchmark needs of C: the floor to compare with, a count of allocations, and on which processors it runs.
#pragma once

#include "allocations.h"
#include "floor.h"
#include "processors.h"
