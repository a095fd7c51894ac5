#include "kaskad/ranking/simple_rankers.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {

std::unique_ptr<RetrievalOrder> RetrievalOrder::load(const std::string& directory,
                                                     const std::string& config_json,
                                                     const std::vector<Head>&) {
  try {
    return std::make_unique<RetrievalOrder>(
        nlohmann::json::parse(config_json).at("items").get<size_t>());
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "items");
  }
}

std::string RetrievalOrder::config_json() const {
  return nlohmann::json{{"items", num_items_}}.dump();
}

void RetrievalOrder::score_heads(std::span<const RankRequest> requests,
                                 std::span<float> out) const {
  float* to = out.data();
  for (const RankRequest& request : requests) {
    for (size_t i = 0; i < request.candidates.size(); ++i) {
      float score = 0;
      if (!request.ranks.empty()) {
        score = request.ranks[i] > 0 ? 1 / static_cast<float>(request.ranks[i]) : 0.0f;
      } else if (!request.scores.empty() && std::isfinite(request.scores[i])) {
        score = request.scores[i];
      }
      *to++ = score;
    }
  }
}

PopularityRanker::PopularityRanker(std::shared_ptr<const ItemCounters> counters, bool decayed)
    : counters_(std::move(counters)), decayed_(decayed) {
  if (decayed_ && counters_->decay_days().empty()) {
    throw Error("popularity that decays needs a log with a clock");
  }
}

std::unique_ptr<PopularityRanker> PopularityRanker::load(const std::string& directory,
                                                         const std::string& config_json,
                                                         const std::vector<Head>&) {
  bool decayed = false;
  try {
    nlohmann::json::parse(config_json).at("decayed").get_to(decayed);
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "decayed");
  }
  return std::make_unique<PopularityRanker>(ItemCounters::load(directory), decayed);
}

std::string PopularityRanker::config_json() const {
  return nlohmann::json{{"decayed", decayed_}}.dump();
}

void PopularityRanker::score_heads(std::span<const RankRequest> requests,
                                   std::span<float> out) const {
  float* to = out.data();
  for (const RankRequest& request : requests) {
    for (const ItemId item : request.candidates) {
      const ItemMoment moment = counters_->at(item, request.now, request.live);
      *to++ = decayed_ ? static_cast<float>(counters_->decayed(item, moment, 0, request.now))
                       : static_cast<float>(moment.count);
    }
  }
}

void register_simple_rankers() {
  register_ranker("retrieval_order", RetrievalOrder::load);
  register_ranker("popularity", PopularityRanker::load);
}

}  // namespace kaskad
