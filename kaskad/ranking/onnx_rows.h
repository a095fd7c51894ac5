// A model of rows as an ONNX graph: what CatBoost, LightGBM, XGBoost and scikit-learn export of
// their trees. One input, the features as a float matrix (n, features); and a score a row, from
//   a regressor or ranker    one float output (n, 1) or (n)
//   a classifier             its float output (n, 2): the probability of the second class
// Outputs of other types (the class itself) are not asked for.
#pragma once

#include "kaskad/onnx/session.h"
#include "kaskad/ranking/row_model.h"

namespace kaskad {

class OnnxRows : public RowModel {
 public:
  // Throws Error naming the file, what it declares and what is expected; of a classifier whose
  // probabilities are maps (ZipMap), how to export it without.
  explicit OnnxRows(const std::string& path);

  size_t num_features() const override { return num_features_; }
  std::vector<std::string> feature_names() const override { return {}; }
  void predict(std::span<const float> rows, std::span<float> out) const override;
  std::vector<double> gain() const override { return {}; }

 private:
  size_t find_width() const;
  bool answers_with(size_t width) const;
  void run(std::span<const float> rows, size_t count, std::span<float> out) const;

  OnnxSession session_;
  size_t num_features_ = 0;
  size_t output_ = 0;  // which of the outputs
  size_t width_ = 1;   // of that output; the last column is the score
};

}  // namespace kaskad
