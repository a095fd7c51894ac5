// EASE (Steck 2019, arXiv 1905.03375): the dense relative of the co-occurrence matrices. With
// P = (X'X + lambda I)^-1 over users x items, B = -P / diag(P), diag(B) = 0, is the linear model
// that best rebuilds every history from itself. Cubic in the items, so it covers the head of
// the catalogue only.
#pragma once

#include "kaskad/cooc/item_matrix.h"
#include "kaskad/cooc/sequences.h"

namespace kaskad {

struct EaseOptions {
  double lambda = 300;        // ridge, in units of co-occurrences
  uint32_t max_items = 4000;  // most popular items covered; memory is 8 bytes times its square

  uint32_t top_k = 0;  // strongest weights of a row that are kept, of either sign; 0: all

  std::string name() const;  // "lambda 300"
  friend bool operator==(const EaseOptions&, const EaseOptions&) = default;
};

// X'X of the head of the catalogue: built once, solved for several lambdas.
class EaseProblem {
 public:
  EaseProblem(const Sequences& sequences, uint32_t max_items, int threads);

  // Weights may be negative; rows and columns outside the head are empty. Throws Error when the
  // system is singular (lambda too small).
  ItemMatrix solve(double lambda, uint32_t top_k, int threads) const;

 private:
  size_t num_items_;
  std::vector<uint32_t> head_;  // item of each row of gram_, most popular first
  std::vector<double> gram_;    // (head, head)
};

void to_json(nlohmann::json& json, const EaseOptions& options);
void from_json(const nlohmann::json& json, EaseOptions& options);

}  // namespace kaskad
