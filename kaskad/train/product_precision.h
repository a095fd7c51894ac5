// In what precision float32 products of matrices are made. libtorch has one setting for the
// process; these objects set it for their life and put back what was there, so that validation and
// export, which come between the steps of training, are float32. Used by the learner, and by layers
// whose products are too small to gain from bfloat16.
#pragma once

#include <ATen/Context.h>

#include "kaskad/recipe/recipe.h"

namespace kaskad::train {

class ProductPrecision {
 public:
  explicit ProductPrecision(PrecisionKind precision)
      : before_(at::globalContext().float32MatmulPrecision()) {
    set(precision == PrecisionKind::kBf16 ? at::Float32MatmulPrecision::MEDIUM
                                          : at::Float32MatmulPrecision::HIGHEST);
  }
  ~ProductPrecision() { set(before_); }
  ProductPrecision(const ProductPrecision&) = delete;
  ProductPrecision& operator=(const ProductPrecision&) = delete;

 private:
  static void set(at::Float32MatmulPrecision precision) {
    if (at::globalContext().float32MatmulPrecision() == precision) return;
    constexpr const char* kNames[] = {"highest", "high", "medium"};
    at::globalContext().setFloat32MatmulPrecision(kNames[static_cast<size_t>(precision)]);
  }

  const at::Float32MatmulPrecision before_;
};

}  // namespace kaskad::train
