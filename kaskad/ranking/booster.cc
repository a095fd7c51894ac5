#include "kaskad/ranking/booster.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "kaskad/core/file.h"
#include "kaskad/ranking/xgboost_call.h"

namespace kaskad {
namespace {

// Output as training defines it (a probability for binary:logistic), all trees.
constexpr const char* kPredictConfig =
    R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,)"
    R"("cache_id":0,"missing":NaN})";

bool is_tree_model(BoosterHandle handle) {
  bst_ulong length = 0;
  const char* text = nullptr;
  must(XGBoosterSaveJsonConfig(handle, &length, &text), "tell its configuration");
  const auto config = nlohmann::json::parse(text, text + length);
  const auto& name = config.at("learner").at("gradient_booster").at("name");
  return name == "gbtree" || name == "dart";
}

// XGBoost writes the score of no tree as a list since 3.1, "[5E-1]", as text in either format. This
// library takes a list for 0 and says nothing: the number is put in its place, as long as the list.
void unlist_base_score(const std::string& path, std::string& bytes) {
  constexpr std::string_view kName = "base_score";
  constexpr size_t kNear = 16;  // the punctuation or the length between name and value
  const size_t name = bytes.find(kName);
  if (name == std::string::npos) return;
  const size_t open = bytes.find('[', name);
  if (open == std::string::npos || open > name + kName.size() + kNear) return;
  const size_t close = bytes.find(']', open);
  const std::string list = bytes.substr(open + 1, close - open - 1);
  if (list.empty() || list.find_first_not_of("0123456789+-.eE") != std::string::npos) {
    throw data_error(path, 0, "base_score", list, "one number, of a model of one output");
  }
  const bool negative = list.front() == '-';
  bytes.replace(open, list.size() + 2, (negative ? "-00" : "00") + list.substr(negative ? 1 : 0));
}

}  // namespace

std::string xgboost_version() {
  int major = 0, minor = 0, patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

Booster::Booster(const std::string& path) {
  // Read here: a path that is missing is then our message, and the ending says the format.
  std::string bytes = read_file(path);
  unlist_base_score(path, bytes);
  BoosterHandle handle = nullptr;
  must(XGBoosterCreate(nullptr, 0, &handle), "make a model");
  handle_ = handle;
  try {
    must(XGBoosterLoadModelFromBuffer(handle_, bytes.data(), bytes.size()), "read '" + path + "'");
    must(XGBoosterSetParam(handle_, "nthread", "1"), "set its threads");
    bst_ulong features = 0;
    must(XGBoosterGetNumFeature(handle_, &features), "tell the features of '" + path + "'");
    num_features_ = features;
    if (!is_tree_model(handle_)) {
      throw data_error(path, 0, "", "a linear model", "trees (booster gbtree or dart)");
    }
    // The first prediction configures the model; the later ones only read it.
    const std::vector<float> row(num_features_, std::numeric_limits<float>::quiet_NaN());
    float ignored = 0;
    predict(row, {&ignored, 1});
  } catch (const nlohmann::json::exception& fault) {
    XGBoosterFree(handle_);
    throw data_error(path, 0, "", fault.what(), "a model of XGBoost");
  } catch (...) {
    XGBoosterFree(handle_);
    throw;
  }
}

Booster::~Booster() {
  if (handle_) XGBoosterFree(handle_);
}

Booster::Booster(Booster&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), num_features_(other.num_features_) {}

Booster& Booster::operator=(Booster&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(num_features_, other.num_features_);
  return *this;
}

std::vector<std::string> Booster::feature_names() const {
  bst_ulong count = 0;
  const char** names = nullptr;
  must(XGBoosterGetStrFeatureInfo(handle_, "feature_name", &count, &names), "name its features");
  return {names, names + count};
}

void Booster::predict(std::span<const float> rows, std::span<float> out) const {
  KASKAD_ASSERT(rows.size() == out.size() * num_features_);
  if (out.empty()) return;
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  must(XGBoosterPredictFromDense(handle_,
                                 array_interface(rows.data(), out.size(), num_features_).c_str(),
                                 kPredictConfig, nullptr, &shape, &dimensions, &result),
       "predict");
  size_t values = 1;
  for (size_t d = 0; d < dimensions; ++d) values *= shape[d];
  if (values != out.size()) {
    throw Error("a model of " + std::to_string(values / out.size()) +
                " outputs a row cannot rank; expected one output");
  }
  std::copy_n(result, values, out.begin());
}

std::vector<double> Booster::gain() const {
  bst_ulong count = 0, dimensions = 0;
  const char** names = nullptr;
  const bst_ulong* shape = nullptr;
  const float* scores = nullptr;
  nlohmann::json config = {{"importance_type", "gain"}};
  std::map<std::string, size_t> columns;
  for (size_t column = 0; column < num_features_; ++column) {
    const std::string name = "f" + std::to_string(column);
    config["feature_names"].push_back(name);
    columns[name] = column;
  }
  must(XGBoosterFeatureScore(handle_, config.dump().c_str(), &count, &names, &dimensions, &shape,
                             &scores),
       "weigh its features");
  std::vector<double> gains(num_features_);
  for (size_t i = 0; i < count; ++i) gains[columns.at(names[i])] = scores[i];
  return gains;
}

}  // namespace kaskad
