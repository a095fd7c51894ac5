// What turns rows of features into scores behind a GbdtRanker: the trees of XGBoost (booster.h), or
// a graph that any other program exported (onnx_rows.h).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kaskad {

// Read-only, thread-safe. A call works on its own thread alone; who has several requests asks from
// several threads.
class RowModel {
 public:
  virtual ~RowModel() = default;

  virtual size_t num_features() const = 0;
  virtual std::vector<std::string> feature_names() const = 0;  // as the file has them; may be empty

  // `rows` is (n, num_features), row-major, NaN: not known; `out` is (n). One call for all rows.
  virtual void predict(std::span<const float> rows, std::span<float> out) const = 0;

  // Mean gain of the splits on each feature; (num_features), 0 for one that is never asked. Empty
  // where the file does not tell.
  virtual std::vector<double> gain() const = 0;
};

// By the ending: .onnx, .json or .ubj. Throws Error naming the file when it is none of these or
// cannot rank.
std::unique_ptr<RowModel> open_row_model(const std::string& path);

}  // namespace kaskad
