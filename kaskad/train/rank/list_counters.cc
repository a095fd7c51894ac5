#include "kaskad/train/rank/list_counters.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/counters/point_in_time.h"
#include "kaskad/counters/store_writer.h"

namespace kaskad::train {
namespace {

std::shared_ptr<const CounterStore> write_store(const std::string& directory,
                                                std::vector<const Impressions*> parts,
                                                const Dataset& dataset, const CounterSpec& spec,
                                                int threads) {
  write_counter_store(directory, ListOrder(std::move(parts)), dataset, spec, {.threads = threads});
  return std::make_shared<const CounterStore>(CounterStore::open(directory));
}

}  // namespace

CounterSpec counter_spec(const Recipe& recipe, const Impressions& lists) {
  CounterSpec spec;
  spec.segments.clear();
  for (const std::string& segment : recipe.counters) {
    for (auto& fields : parse_segments(segment)) spec.segments.push_back(std::move(fields));
  }
  spec.windows_days.assign(recipe.counter_windows.begin(), recipe.counter_windows.end());
  if (lists.facts().time_kind != TimeKind::kClock) spec.windows_days = {0};
  spec.check();
  return spec;
}

CountedLists::CountedLists(const Dataset& dataset, const Impressions& train,
                           const Impressions& validation, const Recipe& recipe,
                           const std::string& directory, const Progress& progress) {
  const CounterSpec spec = counter_spec(recipe, train);
  const auto names = counter_feature_names(spec, train.facts().heads);
  for (size_t l = 0, at = 0; l < train.size(); ++l) {
    train_.begin.push_back(at);
    at += train.list(l).size();
  }
  values_.resize(train.num_candidates() * names.size());
  const auto take = [&](const ListFeatures& list) {
    std::copy(list.values.begin(), list.values.end(),
              values_.begin() + static_cast<ptrdiff_t>(train_.begin[list.list] * names.size()));
  };
  replay_counters(ListOrder({&train}), dataset, spec, recipe.threads, take, progress);
  const CounterScale scale = CounterScale::learn(names, values_, recipe.counter_logarithms);
  scale.scale(values_, values_.data(), names.size());
  train_.values = values_;
  std::filesystem::create_directories(directory);
  validation_ = write_store(directory + "/validation", {&train}, dataset, spec, recipe.threads);
  service_ =
      write_store(directory + "/service", {&train, &validation}, dataset, spec, recipe.threads);
  of_train_.scale = of_validation_.scale = of_service_.scale = scale;
  of_validation_.store = validation_.get();
  of_service_.store = service_.get();
}

}  // namespace kaskad::train
