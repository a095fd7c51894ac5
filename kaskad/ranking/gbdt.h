// Gradient-boosted trees over GbdtFeatures: kind "gbdt". One model a head, trained by
// gbdt_training.h or brought by the user as XGBoost's own file; trees of other libraries are
// rankers of kind "onnx".
// All candidates of a call are predicted at once.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/core/pool.h"
#include "kaskad/model/ranker.h"
#include "kaskad/ranking/booster.h"
#include "kaskad/ranking/gbdt_features.h"

namespace kaskad {

// The trees of one head.
struct HeadTrees {
  std::unique_ptr<const Booster> model;
  std::vector<std::string> features;  // names of GbdtFeatures, in the order of the model's
  float retrieval_prior = 0;          // a of retrieval_prior(), which is added to the trees' sum
};

// What a rank of retrieval is worth before any tree: -a ln(rank), so that trees learn only what to
// change in that order. A candidate without a rank stands behind the list. `out` is (candidates).
void retrieval_prior(float a, std::span<const uint32_t> ranks, std::span<float> out);

class GbdtRanker : public Ranker {
 public:
  // Throws Error naming a feature that `features` does not have, or a wrong number of them.
  GbdtRanker(GbdtFeatures features, std::vector<Head> heads, std::vector<HeadTrees> trees);

  // Reads what save() wrote: the files of the features, and a head's model-H.ubj or .json.
  static std::unique_ptr<GbdtRanker> load(const std::string& directory,
                                          const std::string& config_json,
                                          const std::vector<Head>& heads);
  // `models` (heads) are files to copy.
  void save(const std::string& directory, const std::vector<std::string>& models) const;
  std::string config_json(const std::vector<std::string>& models) const;

  std::string kind() const override { return "gbdt"; }
  size_t num_items() const override { return features_.num_items(); }
  const std::vector<Head>& heads() const override { return heads_; }
  std::vector<std::string> context_names() const override { return features_.context_names(); }
  std::vector<std::string> action_names() const override { return features_.action_names(); }
  // Of trees over a score that another machine rounds otherwise no less than of that score; a split
  // that lies between the two forms may move a score further.
  float tolerance() const override { return std::max(Ranker::tolerance(), features_.tolerance()); }
  std::optional<int64_t> counted_until() const override { return features_.counted_until(); }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;
  std::vector<std::string> feature_names() const override { return names_of(features_.columns()); }
  void features(const RankRequest& request, std::span<float> out) const override {
    features_.compute({&request, 1}, out);
  }

  const GbdtFeatures& features() const { return features_; }

  // Features of a head by falling gain; those that no split asks are left out.
  std::vector<std::pair<std::string, double>> importance(size_t head) const;

 private:
  // Memory of one call.
  struct Scratch {
    std::vector<float> rows;      // (candidates, columns)
    std::vector<float> selected;  // (candidates, features of the head), where these are others
    std::vector<float> scores;    // (candidates)
    std::vector<float> prior;     // (candidates of one request)
  };

  void score_some(std::span<const RankRequest> requests, size_t candidates, Scratch& scratch,
                  std::span<float> out) const;
  void add_prior(std::span<const RankRequest> requests, size_t head, Scratch& scratch) const;

  GbdtFeatures features_;
  std::vector<Head> heads_;
  std::vector<HeadTrees> trees_;              // (heads)
  std::vector<std::vector<size_t>> columns_;  // (heads): where the head's features lie; empty: all
  mutable Pool<Scratch> scratch_;
};

// Lets load_ranker() find the kind.
void register_gbdt();

}  // namespace kaskad
