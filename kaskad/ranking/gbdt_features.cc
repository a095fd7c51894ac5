#include "kaskad/ranking/gbdt_features.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& directory, size_t number) {
  return directory + "/nested-" + std::to_string(number);
}

void check_nested(const NestedRanker& nested, const RankingFeatures& features) {
  const Ranker& ranker = *nested.bundle->ranker;
  if (ranker.num_items() != features.num_items()) {
    throw Error("nested ranker '" + nested.name + "': found one of " +
                std::to_string(ranker.num_items()) + " items, expected " +
                std::to_string(features.num_items()) + " as the features have");
  }
  const auto wanted = ranker.context_names();
  if (!wanted.empty() && wanted != features.context_names()) {
    throw Error("nested ranker '" + nested.name +
                "' looks at context that these lists do not carry alike");
  }
}

}  // namespace

GbdtFeatures::GbdtFeatures(RankingFeatures features, std::vector<NestedRanker> nested)
    : features_(std::move(features)), nested_(std::move(nested)), columns_(features_.columns()) {
  for (const NestedRanker& one : nested_) {
    check_nested(one, features_);
    const std::string name = "score_of_" + one.name;
    const auto same = [&](const FeatureColumn& column) { return column.name == name; };
    if (std::any_of(columns_.begin(), columns_.end(), same)) {
      throw Error("two nested rankers are called '" + one.name +
                  "'; name one of them with NAME=DIRECTORY");
    }
    columns_.push_back({name});
    columns_.push_back({name + "_below_best"});
    tolerance_ = std::max(tolerance_, one.bundle->ranker->tolerance());
    const auto actions = one.bundle->ranker->action_names();
    if (!actions.empty() && !actions_.empty() && actions != actions_) {
      throw Error("nested ranker '" + one.name + "' knows other actions than the one before it");
    }
    if (!actions.empty()) actions_ = actions;
  }
}

GbdtFeatures GbdtFeatures::load(const std::string& directory,
                                const std::vector<std::string>& names) {
  std::vector<NestedRanker> nested;
  for (const std::string& name : names) {
    const std::string folder = folder_of(directory, nested.size());
    nested.push_back({name, std::make_shared<const RankerBundle>(load_ranker_bundle(folder))});
  }
  return {RankingFeatures::load(directory), std::move(nested)};
}

void GbdtFeatures::save(const std::string& directory) const {
  features_.save(directory);
  for (size_t n = 0; n < nested_.size(); ++n) {
    fs::copy(nested_[n].bundle->directory, folder_of(directory, n), fs::copy_options::recursive);
  }
}

void GbdtFeatures::compute(std::span<const RankRequest> requests, std::span<float> out) const {
  const size_t width = columns_.size(), own = features_.columns().size();
  KASKAD_ASSERT(out.size() == num_candidates(requests) * width);
  float* to = out.data();
  std::vector<float> rows;  // (candidates of a request, own columns), where others stand beside
  for (const RankRequest& request : requests) {
    const size_t count = request.candidates.size();
    if (nested_.empty()) {
      features_.compute(request, {to, count * width});
    } else {
      rows.resize(count * own);
      features_.compute(request, rows);
      for (size_t i = 0; i < count; ++i) std::copy_n(&rows[i * own], own, to + i * width);
    }
    to += count * width;
  }
  for (size_t n = 0; n < nested_.size(); ++n) {
    add_scores(requests, *nested_[n].bundle->ranker, out.data() + own + 2 * n);
  }
}

// `out` is where the first column of the first candidate lies.
void GbdtFeatures::add_scores(std::span<const RankRequest> requests, const Ranker& ranker,
                              float* out) const {
  std::vector<float> scores(num_candidates(requests));
  ranker.score(requests, scores);
  const float* from = scores.data();
  for (const RankRequest& request : requests) {
    const size_t count = request.candidates.size();
    const float best = count == 0 ? 0 : *std::max_element(from, from + count);
    for (size_t i = 0; i < count; ++i, ++from, out += columns_.size()) {
      out[0] = *from;
      out[1] = best - *from;
    }
  }
}

}  // namespace kaskad
