// Softmax of one row and its backward pass, for attention over short rows.
#pragma once

#include <cstddef>

namespace kaskad {

// row[i] <- exp(row[i] - max) / sum, in place, i in [0, count). No alignment asked.
void softmax(float* row, size_t count);
void softmax_reference(float* row, size_t count);

// gradient[i] <- row[i] * (gradient[i] - sum_j row[j] gradient[j]): from the gradient of the
// softmax `row` to that of what it was taken of.
void softmax_backward(const float* row, float* gradient, size_t count);
void softmax_backward_reference(const float* row, float* gradient, size_t count);

}  // namespace kaskad
