// How a cascade is put together out of its parts; cascade.cc has what it does with a request.
#include <algorithm>

#include "kaskad/cascade/cascade.h"
#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

std::vector<const IdMap*> maps_of(const CascadeParts& parts) {
  std::vector<const IdMap*> maps;
  for (const RetrieverPair& pair : parts.retrievers) {
    maps.push_back(&pair.model->items);
    if (pair.other) maps.push_back(&pair.other->items);
  }
  return maps;
}

// Those that there are.
std::vector<std::shared_ptr<const RankerBundle>> rankers_of(const CascadeParts& parts) {
  std::vector<std::shared_ptr<const RankerBundle>> rankers;
  for (const RankerPair& pair : {parts.prerank, parts.rank}) {
    if (pair.model) rankers.push_back(pair.model);
    if (pair.other) rankers.push_back(pair.other);
  }
  return rankers;
}

// Of all rankers, each once; the codes of a request's history.
std::vector<std::string> actions_of(const CascadeParts& parts) {
  std::vector<std::string> names;
  for (const auto& bundle : rankers_of(parts)) {
    for (const std::string& name : bundle->ranker->action_names()) {
      const bool is_new = std::ranges::find(names, name) == names.end();
      if (is_new && names.size() < kUnknownAction) names.push_back(name);
    }
  }
  return names;
}

size_t number_of(const CascadeConfig& config, const std::string& name) {
  for (size_t i = 0; i < config.retrievers.size(); ++i) {
    if (config.retrievers[i].name == name) return i;
  }
  return 0;
}

std::string version_of(const CascadeConfig& config, const CascadeParts& parts) {
  Hasher hasher;
  hasher.add(config.text);
  for (const RetrieverPair& pair : parts.retrievers) {
    hasher.add(pair.model->hash);
    if (pair.other) hasher.add(pair.other->hash);
  }
  for (const auto& bundle : rankers_of(parts)) hasher.add(bundle->hash);
  if (parts.items) hasher.add(parts.items->hash()).add(parts.items->item_features_hash());
  if (parts.available) {
    for (const std::string& id : *parts.available) hasher.add("\n" + id);
  }
  return hasher.hex().substr(0, 12);
}

}  // namespace

Cascade::Cascade(CascadeConfig config, CascadeParts parts, std::shared_ptr<StageThreads> threads)
    : config_(std::move(config)),
      parts_(std::move(parts)),
      catalogue_(maps_of(parts_)),
      facts_(parts_.items, catalogue_),
      action_names_(actions_of(parts_)),
      gate_(catalogue_.size()),
      version_(version_of(config_, parts_)),
      marks_([count = catalogue_.size()] { return std::make_unique<Marks>(count); }) {
  KASKAD_ASSERT(parts_.retrievers.size() == config_.retrievers.size());
  const StageSurroundings around{config_.breaker, config_.last_good_users, std::move(threads)};
  for (size_t i = 0; i < config_.retrievers.size(); ++i) {
    const RetrieverPair& pair = parts_.retrievers[i];
    retrievers_.push_back(std::make_unique<RetrieveStage>(config_.retrievers[i], i, pair.model,
                                                          pair.other, catalogue_, around));
  }
  const auto ranker = [&](const std::optional<StageConfig>& stage, const RankerPair& pair) {
    if (!stage) return std::unique_ptr<RankStage>();
    return std::make_unique<RankStage>(*stage, number_of(config_, stage->scores_of), pair.model,
                                       pair.other, catalogue_, action_names_, around);
  };
  prerank_ = ranker(config_.prerank, parts_.prerank);
  rank_ = ranker(config_.rank, parts_.rank);
  for (const auto& stage : retrievers_) {
    const bool named = config_.histories.empty() || stage->config().name == config_.histories;
    if (!histories_ && named && stage->bundle().users.size() > 0) histories_ = stage.get();
  }
  if (!histories_ && !config_.histories.empty()) {
    throw Error(config_.histories_place.text + ": found '" + config_.histories +
                "', expected a retriever whose bundle stores histories");
  }
  check_times();
  make_gate();
  blender_ = std::make_unique<const Blender>(config_.blend, catalogue_, facts_, time_kind());
}

std::vector<std::shared_ptr<const RankerBundle>> Cascade::rankers() const {
  return rankers_of(parts_);
}

void Cascade::check_times() const {
  const auto check = [&](const StageConfig& stage, TimeKind kind) {
    if (kind == time_kind()) return;
    const auto name = [](TimeKind one) {
      return one == TimeKind::kClock ? "a log with a clock" : "a log of order numbers";
    };
    throw Error(stage.place.text + ": found a model of " + std::string(name(kind)) +
                ", expected one of " + name(time_kind()) + " as '" +
                retrievers_.front()->config().name + "' is");
  };
  for_each_stage([&](const auto& stage) { check(stage.config(), stage.bundle().time_kind); });
}

void Cascade::make_gate() {
  std::vector<uint8_t> blocked(catalogue_.size());
  for (const std::string& id : config_.banned) {
    if (const auto item = catalogue_.find(id)) blocked[index(*item)] = 1;
  }
  gate_.block(blocked, "banned");
  if (parts_.available) {
    blocked.assign(catalogue_.size(), 1);
    for (const std::string& id : *parts_.available) {
      if (const auto item = catalogue_.find(id)) blocked[index(*item)] = 0;
    }
    gate_.block(blocked, "not available");
  }
  for (const FilterRule& rule : config_.rules) {
    try {
      blocked = facts_.evaluate(rule.rule);
      for (uint8_t& one : blocked) one = rule.keep ? !one : one;
      gate_.block(blocked, "rule '" + rule.name + "'");
    } catch (const Error& error) {
      throw Error(rule.place.text + ", " + error.what());
    }
  }
}

}  // namespace kaskad
