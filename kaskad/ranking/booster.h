// One XGBoost model ready to predict: the C API behind a class, so that no other file knows it.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace kaskad {

// "1.7.4"
std::string xgboost_version();

// Read-only and thread-safe: from release 1.4 on, XGBoost's prediction is thread-safe for tree
// boosters as long as nobody changes the model, and its results lie in memory of the calling
// thread. What it configures at the first call is configured here, before anybody shares it.
class Booster {
 public:
  // A model in XGBoost's JSON (.json) or UBJSON (.ubj). Throws Error naming the file when it is
  // none, or no tree model.
  explicit Booster(const std::string& path);
  ~Booster();
  Booster(Booster&& other) noexcept;
  Booster& operator=(Booster&& other) noexcept;

  size_t num_features() const { return num_features_; }
  std::vector<std::string> feature_names() const;  // as the file has them; may be empty

  // `rows` is (n, num_features), row-major, NaN: not known; `out` is (n). One call for all rows,
  // which works on its own thread alone; who has several requests asks from several threads.
  void predict(std::span<const float> rows, std::span<float> out) const;

  // Mean gain of the splits on each feature; (num_features), 0 for one that is never asked.
  std::vector<double> gain() const;

 private:
  void* handle_ = nullptr;
  size_t num_features_ = 0;
};

}  // namespace kaskad
