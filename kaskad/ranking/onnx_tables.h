// What the inputs of an ONNX ranker are filled from beside the request itself: features of items
// and users, ranking features, a counter store, words, names of actions and of the context. Part of
// the ranker's bundle:
//   features/ ...             RankingFeatures, with nested rankers
//   tables/items/ tables/users/  the columns of features that inputs name
//   counters/ ...             a counter store
//   tokens.txt                words of queries, one a line
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "kaskad/counters/live_counters.h"
#include "kaskad/dataset/features.h"
#include "kaskad/log/event_reader.h"
#include "kaskad/ranking/gbdt_features.h"
#include "kaskad/ranking/onnx_mapping.h"

namespace kaskad {

// Read-only but for the counters, thread-safe; what no input reads is null or empty.
struct OnnxTables {
  size_t num_items = 0, num_users = 0;
  TimeKind time_kind = TimeKind::kOrder;
  std::shared_ptr<const GbdtFeatures> features = {};
  std::shared_ptr<const FeatureTable> items = {}, users = {};
  std::shared_ptr<LiveCounters> counters = {};
  std::unordered_map<std::string, int64_t> tokens = {};  // from kFirstOnnxToken on
  std::vector<std::string> contexts = {}, actions = {};

  // Puts the files below `directory`, but for tokens.txt, which is the user's; of items and users
  // only the features that the mapping names. What is not in files is in describe().
  void save(const std::string& directory, const OnnxMapping& mapping) const;
  nlohmann::json describe(const OnnxMapping& mapping) const;
  static OnnxTables load(const std::string& directory, const nlohmann::json& saved);
};

// Tokens of a query: none, and a word that the list lacks.
inline constexpr int64_t kNoOnnxToken = 0, kUnknownOnnxToken = 1, kFirstOnnxToken = 2;

// Throws Error naming the line of a word that is there twice.
std::unordered_map<std::string, int64_t> read_onnx_tokens(const std::string& path);

}  // namespace kaskad
