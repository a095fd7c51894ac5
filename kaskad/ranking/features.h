// From a request to the numbers that a ranker sees: one row of named features a candidate. The only
// code that computes them, for training on the lists of the past and for answering requests, so
// that both see the same. Everything is made of the history before the request, the counters as of
// its moment, what is known of items and users, and the list itself.
//
// A feature that depends on the list (the score's share of the best one) does not depend on the
// order of the candidates. What is not known is NaN.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "kaskad/counters/item_counters.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/features.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

struct FeatureOptions {
  bool counters = true;          // popularity and recency of items as of the request
  bool history = true;           // length and age of the history, the candidate's place in it
  bool items = true;             // item features, and how they overlap with the history's
  bool users = true;             // user features
  uint32_t newest = 10;          // overlap is also taken with so many of the newest events
  uint32_t max_categories = 64;  // a feature of more categories is seen through overlap alone
};

void to_json(nlohmann::json& json, const FeatureOptions& options);
void from_json(const nlohmann::json& json, FeatureOptions& options);

struct FeatureColumn {
  std::string name;
  size_t categories = 0;  // 0: a number; else codes 0 .. categories - 1

  friend bool operator==(const FeatureColumn&, const FeatureColumn&) = default;
};

std::vector<std::string> names_of(const std::vector<FeatureColumn>& columns);

// Some columns of one source; see feature_groups.h.
class FeatureGroup;

// Read-only, thread-safe.
class RankingFeatures {
 public:
  // The dataset must outlive the object. `counters` may be null when options.counters is off.
  RankingFeatures(const FeatureOptions& options, const Dataset& dataset,
                  std::shared_ptr<const ItemCounters> counters,
                  std::vector<std::string> context_names = {});
  ~RankingFeatures();
  RankingFeatures(RankingFeatures&&) noexcept;

  // Files below `directory` with all that compute() needs.
  void save(const std::string& directory) const;
  static RankingFeatures load(const std::string& directory);

  const std::vector<FeatureColumn>& columns() const { return columns_; }
  const std::vector<std::string>& context_names() const { return context_names_; }
  size_t num_items() const { return num_items_; }
  // Up to when its counters know events; nothing where it has none, or no clock.
  std::optional<int64_t> counted_until() const {
    return counters_ ? counters_->counted_until() : std::nullopt;
  }

  // `out` is (candidates, columns), row-major.
  void compute(const RankRequest& request, std::span<float> out) const;

 private:
  RankingFeatures() = default;
  void add_groups();
  void add(std::unique_ptr<FeatureGroup> group);

  FeatureOptions options_;
  size_t num_items_ = 0;
  TimeKind time_kind_ = TimeKind::kOrder;
  std::shared_ptr<const ItemCounters> counters_;
  std::shared_ptr<const FeatureTable> items_, users_;
  std::vector<std::string> context_names_;
  std::vector<std::unique_ptr<FeatureGroup>> groups_;
  std::vector<size_t> group_begin_;  // (groups) first column
  std::vector<FeatureColumn> columns_;
};

}  // namespace kaskad
