#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/ranking/cross_counters.h"
#include "kaskad/ranking/query_rankers.h"

namespace kaskad {
namespace {

using nlohmann::json;

// "rate_query:item_click_all", or the share of impressions where nothing but them is counted.
std::string longest_rate(const CounterStore& store) {
  const auto names = store.feature_names();
  const CounterSpec& spec = store.spec();
  const auto found = std::min_element(
      spec.windows_days.begin(), spec.windows_days.end(),
      [](uint32_t a, uint32_t b) { return a - 1 > b - 1; });  // 0, all time, is the longest
  const size_t horizon =
      found == spec.windows_days.end() ? 0 : static_cast<size_t>(found - spec.windows_days.begin());
  const std::string end = "_" + spec.horizon_names()[horizon];
  for (const char* kind : {"rate_", "share_"}) {
    for (const std::string& name : names) {
      if (name.starts_with(kind) && name.ends_with(end)) return name;
    }
  }
  return names.front();
}

}  // namespace

CounterRanker::CounterRanker(std::shared_ptr<const CounterStore> counted,
                             const std::string& feature)
    : counters_(std::make_shared<LiveCounters>(std::move(counted))),
      feature_(feature.empty() ? longest_rate(store()) : feature) {
  const auto names = store().feature_names();
  const auto found = std::find(names.begin(), names.end(), feature_);
  if (found == names.end()) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw Error("counters: found '" + feature_ + "', expected one of " + known);
  }
  column_ = static_cast<size_t>(found - names.begin());
}

void CounterRanker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  std::vector<float> values;
  float* to = out.data();
  for (const RankRequest& request : requests) {
    const size_t width = store().num_features(), count = request.candidates.size();
    values.resize(count * width);
    counters_->answer(counter_request(request), values);
    for (size_t c = 0; c < count; ++c) *to++ = values[c * width + column_];
  }
}

void CounterRanker::features(const RankRequest& request, std::span<float> out) const {
  counters_->answer(counter_request(request), out);
}

std::string CounterRanker::config_json() const { return json{{"feature", feature_}}.dump(); }

void CounterRanker::save(const std::string& directory) const {
  std::filesystem::copy(store().directory(), directory + "/counters",
                        std::filesystem::copy_options::recursive);
}

std::unique_ptr<CounterRanker> CounterRanker::load(const std::string& directory,
                                                   const std::string& config_json,
                                                   const std::vector<Head>&) {
  std::string feature;
  try {
    json::parse(config_json).at("feature").get_to(feature);
  } catch (const json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "feature");
  }
  return std::make_unique<CounterRanker>(
      std::make_shared<const CounterStore>(CounterStore::open(directory + "/counters")), feature);
}

void register_query_rankers() {
  register_ranker("bm25", Bm25Ranker::load);
  register_ranker("counters", CounterRanker::load);
}

}  // namespace kaskad
