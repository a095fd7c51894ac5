// Ingest's options and outcome as JSON.
#include <nlohmann/json.hpp>

#include "kaskad/dataset/ingest.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

using nlohmann::json;

json skipped_json(const SkippedRows& skipped) {
  json examples = json::array();
  for (const SkippedRow& row : skipped.examples) {
    examples.push_back({{"line", row.line}, {"why", row.why}});
  }
  return {{"rows", skipped.count}, {"examples", examples}};
}

json features_json(const FeatureReport& features) {
  return {{"columns", features.columns},
          {"rows", features.rows},
          {"unknown_ids", features.unknown},
          {"ids_without", features.without},
          {"skipped", skipped_json(features.skipped)}};
}

}  // namespace

json to_json(const IngestResult& result) {
  json sources = json::array();
  for (const SourceFile& source : result.sources) {
    sources.push_back({{"path", source.path},
                       {"format", source.description},
                       {"bytes", source.bytes},
                       {"rows", source.rows},
                       {"skipped", skipped_json(source.skipped)}});
  }
  json root = {{"sources", sources},
               {"rows", result.rows},
               {"skipped_rows", result.skipped},
               {"dropped",
                {{"low_weight", result.low_weight},
                 {"zero_action", result.zero_action},
                 {"duplicates", result.duplicates},
                 {"sparse_events", result.sparse_events},
                 {"sparse_users", result.sparse_users},
                 {"sparse_items", result.sparse_items}}},
               {"cold_items", result.cold_items},
               {"events", result.events},
               {"users", result.users},
               {"items", result.items},
               {"time", time_kind_name(result.time_kind)},
               {"actions", result.actions},
               {"hash", result.hash},
               {"spilled_bytes", result.spilled_bytes},
               {"seconds", result.seconds}};
  if (!result.item_features.columns.empty()) {
    root["item_features"] = features_json(result.item_features);
  }
  if (!result.user_features.columns.empty()) {
    root["user_features"] = features_json(result.user_features);
  }
  return root;
}

json to_json(const IngestOptions& options) {
  json root = {{"paths", options.paths},
               {"duplicates", to_string(options.duplicates)},
               {"action_weights", options.action_weights},
               {"min_item_count", options.density.min_item_count},
               {"min_history", options.density.min_history},
               {"user_core", options.density.user_core},
               {"item_core", options.density.item_core},
               {"item_features", options.item_feature_paths},
               {"cold_items", options.cold_items},
               {"user_features", options.user_feature_paths}};
  if (options.min_weight) root["min_weight"] = *options.min_weight;
  return root;
}

}  // namespace kaskad
