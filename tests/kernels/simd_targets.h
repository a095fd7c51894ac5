// Runs a test body once for every instruction set of this machine, so that the narrow forms of a
// kernel are tried on a wide machine too.
#pragma once

#include <gtest/gtest.h>
#include <hwy/aligned_allocator.h>
#include <hwy/targets.h>

#include <algorithm>
#include <functional>

namespace kaskad {

inline void for_each_target(const std::function<void()>& body) {
  const int64_t all = hwy::SupportedTargets() & HWY_TARGETS;  // of the CPU, and compiled
  for (int64_t rest = all; rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    body();
  }
  hwy::SetSupportedTargetsForTest(0);  // back to what the machine has
}

// 64-byte aligned floats. cooc/ has a class of its own for them, which lies above the kernels.
struct Floats {
  explicit Floats(size_t count, float value = 0)
      : memory(hwy::AllocateAligned<float>(count)), size(count) {
    std::fill_n(memory.get(), count, value);
  }
  float* data() { return memory.get(); }
  const float* data() const { return memory.get(); }
  float& operator[](size_t i) { return memory[i]; }

  hwy::AlignedFreeUniquePtr<float[]> memory;
  size_t size;
};

}  // namespace kaskad
