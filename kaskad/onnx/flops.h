// How many floating-point operations one run of an ONNX file takes. Called by `kaskad ablate`.
//
// The graph is run once, unoptimised, on zeros of the sizes that are asked, and ONNX Runtime's own
// profile says which operators ran with which shapes:
//   MatMul, Gemm      2 m k n: a multiplication and an addition
//   Add, Mul, Exp, Erf, Softmax, ReduceSum, ...   one for each element of the largest tensor that
//                     goes in or comes out; less than the truth for Softmax, which makes several
//   Gather, Reshape, Transpose, Concat, comparisons, ...   none: they move or choose
// Integers count as well as floats.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace kaskad {

struct GraphFlops {
  double total = 0;
  std::map<std::string, double> by_operator = {};  // "MatMul": ..., those above 0
};

// `sizes` of the free dimensions by their names ("events", "candidates"); 1 where none is given.
// Writes a file into the folder `scratch` and removes it. Throws Error naming the file, or an input
// that is neither float nor int64.
GraphFlops count_flops(const std::string& path, const std::map<std::string, int64_t>& sizes,
                       const std::string& scratch);

// Of a profile that ONNX Runtime wrote, as text. Throws Error when it is none.
GraphFlops flops_of_profile(const std::string& profile_json);

}  // namespace kaskad
