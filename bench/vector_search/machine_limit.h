// What this machine can do at most: the two bounds of an exact scan.
#pragma once

#include <cstddef>
#include <span>

namespace kaskad::bench {

// CPU seconds of this process. On a busy machine they tell more than those of the wall, and all
// programs of this benchmark are timed so.
double cpu_seconds();

// Bytes a second that one thread reads from memory of the size of `data`, which is summed once.
double read_bandwidth(std::span<const float> data);

// Floating-point operations a second (a multiply-add is two) of one thread, all in registers.
double multiply_add_rate();

}  // namespace kaskad::bench
