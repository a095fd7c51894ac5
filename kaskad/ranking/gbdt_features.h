// What the trees of a GbdtRanker see of a candidate: RankingFeatures, and what other rankers say of
// it. The same code for training and for serving; other rankers are nested whole, as their bundles.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/features.h"

namespace kaskad {

// Another ranker whose final score is a feature. It gives two columns, "score_of_NAME" and
// "score_of_NAME_below_best": the distance to the best of the list, because what a model adds to
// all scores of a list says nothing.
struct NestedRanker {
  std::string name;
  std::shared_ptr<const RankerBundle> bundle;
};

// Read-only, thread-safe.
class GbdtFeatures {
 public:
  // Throws Error when a nested ranker was made for other items, context or actions, or two have one
  // name.
  GbdtFeatures(RankingFeatures features,  // NOLINT(google-explicit-constructor): most nest nothing
               std::vector<NestedRanker> nested = {});

  // Reads and writes the files of the features, and nested-N/ a nested ranker. Throws Error when
  // another number of them is there than `names` has.
  static GbdtFeatures load(const std::string& directory, const std::vector<std::string>& names);
  void save(const std::string& directory) const;

  const std::vector<FeatureColumn>& columns() const { return columns_; }
  const std::vector<std::string>& context_names() const { return features_.context_names(); }
  const std::vector<std::string>& action_names() const { return actions_; }  // of nested rankers
  float tolerance() const { return tolerance_; }  // the widest of nested rankers; 0 without any
  const std::vector<NestedRanker>& nested() const { return nested_; }
  size_t num_items() const { return features_.num_items(); }
  std::optional<int64_t> counted_until() const { return features_.counted_until(); }

  // `out` is (candidates of all requests in their order, columns), row-major.
  void compute(std::span<const RankRequest> requests, std::span<float> out) const;

 private:
  void add_scores(std::span<const RankRequest> requests, const Ranker& ranker, float* out) const;

  RankingFeatures features_;
  std::vector<NestedRanker> nested_;
  std::vector<FeatureColumn> columns_;
  std::vector<std::string> actions_;
  float tolerance_ = 0;
};

}  // namespace kaskad
