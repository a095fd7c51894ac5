#include "kaskad/ranking/features.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/dataset/feature_files.h"
#include "kaskad/ranking/feature_groups.h"

namespace kaskad {
namespace {

using nlohmann::json;

// A table that somebody else owns.
std::shared_ptr<const FeatureTable> borrowed(const FeatureTable& table) {
  return {std::shared_ptr<const FeatureTable>(), &table};
}

// What compute() looks at, so that no titles and ids are carried along.
FeatureColumns columns_to_keep(const FeatureTable& table, const FeatureOptions& options) {
  FeatureColumns columns = columns_of(table);
  size_t c = 0;
  std::erase_if(columns.categorical, [&](const CategoricalColumn&) {
    return !groups_rows(table.categorical[c++], table.rows, options);
  });
  return columns;
}

json save_table(const std::string& directory, const FeatureTable& table,
                const FeatureOptions& options) {
  return {{"rows", table.rows},
          {"features", write_features(directory, columns_to_keep(table, options))}};
}

std::shared_ptr<const FeatureTable> load_table(const std::string& directory, const json& saved) {
  const auto entries = saved.at("features").get<std::vector<FeatureEntry>>();
  return std::make_shared<const FeatureTable>(
      map_features(directory, entries, saved.at("rows").get<size_t>()));
}

}  // namespace

void to_json(json& out, const FeatureOptions& options) {
  out = {{"counters", options.counters}, {"history", options.history},
         {"items", options.items},       {"users", options.users},
         {"newest", options.newest},     {"max_categories", options.max_categories}};
}

void from_json(const json& in, FeatureOptions& options) {
  in.at("counters").get_to(options.counters);
  in.at("history").get_to(options.history);
  in.at("items").get_to(options.items);
  in.at("users").get_to(options.users);
  in.at("newest").get_to(options.newest);
  in.at("max_categories").get_to(options.max_categories);
}

std::vector<std::string> names_of(const std::vector<FeatureColumn>& columns) {
  std::vector<std::string> names;
  for (const FeatureColumn& column : columns) names.push_back(column.name);
  return names;
}

RankingFeatures::RankingFeatures(const FeatureOptions& options, const Dataset& dataset,
                                 std::shared_ptr<const ItemCounters> counters,
                                 std::vector<std::string> context_names)
    : options_(options),
      num_items_(dataset.num_items()),
      time_kind_(dataset.time_kind()),
      counters_(options.counters ? std::move(counters) : nullptr),
      items_(borrowed(dataset.item_features())),
      users_(borrowed(dataset.user_features())),
      context_names_(std::move(context_names)) {
  add_groups();
}

RankingFeatures::~RankingFeatures() = default;
RankingFeatures::RankingFeatures(RankingFeatures&&) noexcept = default;

void RankingFeatures::add(std::unique_ptr<FeatureGroup> group) {
  group_begin_.push_back(columns_.size());
  for (FeatureColumn& column : group->columns()) {
    const auto same = [&](const FeatureColumn& other) { return other.name == column.name; };
    if (std::any_of(columns_.begin(), columns_.end(), same)) {
      throw Error("two features of a ranker are called '" + column.name +
                  "'; rename one of the columns of items, users or the list that they come from");
    }
    columns_.push_back(std::move(column));
  }
  groups_.push_back(std::move(group));
}

void RankingFeatures::add_groups() {
  add(retrieval_features());
  if (!context_names_.empty()) add(context_features(context_names_));
  if (options_.counters) {
    KASKAD_ASSERT(counters_ != nullptr);
    add(counter_features(counters_));
  }
  if (options_.history) add(history_features(time_kind_));
  if (options_.items) {
    for (auto& group : item_features(*items_, options_)) add(std::move(group));
  }
  if (options_.users) {
    for (auto& group : user_features(*users_, options_)) add(std::move(group));
  }
}

void RankingFeatures::compute(const RankRequest& request, std::span<float> out) const {
  KASKAD_ASSERT(out.size() == request.candidates.size() * columns_.size());
  for (size_t g = 0; g < groups_.size(); ++g) {
    groups_[g]->fill(request, out.data() + group_begin_[g], columns_.size());
  }
}

void RankingFeatures::save(const std::string& directory) const {
  const auto table = [&](bool used, const char* name, const FeatureTable& features) {
    FeatureTable empty;
    empty.rows = features.rows;
    return save_table(directory + "/" + name, used ? features : empty, options_);
  };
  const json root = {{"options", options_},
                     {"items", num_items_},
                     {"clock", time_kind_ == TimeKind::kClock},
                     {"contexts", context_names_},
                     {"item_features", table(options_.items, "item_features", *items_)},
                     {"user_features", table(options_.users, "user_features", *users_)}};
  write_file(directory + "/features.json", root.dump(1) + "\n");
  if (options_.counters) counters_->save(directory);
}

RankingFeatures RankingFeatures::load(const std::string& directory) {
  RankingFeatures features;
  const std::string path = directory + "/features.json";
  try {
    const json root = json::parse(read_file(path));
    root.at("options").get_to(features.options_);
    root.at("items").get_to(features.num_items_);
    features.time_kind_ = root.at("clock").get<bool>() ? TimeKind::kClock : TimeKind::kOrder;
    root.at("contexts").get_to(features.context_names_);
    features.items_ = load_table(directory + "/item_features", root.at("item_features"));
    features.users_ = load_table(directory + "/user_features", root.at("user_features"));
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  if (features.options_.counters) features.counters_ = ItemCounters::load(directory);
  features.add_groups();
  return features;
}

}  // namespace kaskad
