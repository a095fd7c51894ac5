// Trains the trees of a GbdtRanker from stored lists: lambda-rank or a plain probability, stopped
// early by NDCG@10 on the validation lists, the same measure that `kaskad eval-ranker` prints.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/ranking/gbdt.h"

namespace kaskad {

struct GbdtOptions {
  // rank:ndcg (LambdaMART, Burges 2010), rank:pairwise, or binary:logistic: a probability.
  std::string objective = "rank:ndcg";
  uint32_t rounds = 500;   // at most so many trees
  uint32_t patience = 30;  // stop when so many rounds in a row brought nothing; 0: never
  double learning_rate = 0.05;
  uint32_t depth = 5;
  double min_child_weight = 1;  // sum of second derivatives that a leaf must hold
  double subsample = 0.8;       // of the rows, for each tree
  double column_share = 0.8;    // of the features, for each tree
  // Trees begin at the order of retrieval, at -a ln(rank); 0: at nothing. Not for probabilities.
  double retrieval_prior = 1;
  uint64_t seed = 1;
  int threads = 0;                          // 0: all
  std::map<std::string, std::string> more;  // further settings, as XGBoost names them
};

// Throws Error naming what is allowed.
void check_options(const GbdtOptions& options);

struct HeadFit {
  uint32_t rounds = 0;         // trees kept
  double ndcg = 0;             // NDCG@10 of this head alone on the validation lists
  std::vector<double> course;  // (rounds tried) the same after each
};

struct GbdtFit {
  std::unique_ptr<GbdtRanker> ranker;
  std::vector<std::string> models;  // (heads) files, to be saved with the ranker
  std::vector<HeadFit> heads;
};

// What both sets of lists are seen through: the features are the same but for their counters, which
// may use of the log what their lists say.
struct GbdtData {
  const Dataset* dataset = nullptr;
  const Impressions* train = nullptr;
  const Impressions* validation = nullptr;
  FeatureOptions features;
  std::vector<NestedRanker> nested = {};  // which must not have learned from these lists
};

// The features of `lists`, whose counters know what those lists may know.
GbdtFeatures list_features(const FeatureOptions& options, const Dataset& dataset,
                           const Impressions& lists, std::vector<NestedRanker> nested = {});

// Models are written into `directory`, which must exist. `service` are the features that the ranker
// will answer with. Throws Error when the lists do not belong together or hold no positive.
GbdtFit train_gbdt(const GbdtData& data, GbdtFeatures service, const std::vector<Head>& heads,
                   const GbdtOptions& options, const std::string& directory,
                   const Progress& progress = {});

// Features of all candidates of `lists`: (candidates, columns).
std::vector<float> compute_features(const GbdtFeatures& features, const Dataset& dataset,
                                    const Impressions& lists, int threads);

}  // namespace kaskad
