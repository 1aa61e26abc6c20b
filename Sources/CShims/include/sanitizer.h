#pragma once

// For the thread sanitizer, nothing without it: what happened before `ac_handing_over` in one thread happened before what
// follows `ac_taken_over` of the same address in another.
void ac_handing_over(const void *address);
void ac_taken_over(const void *address);
