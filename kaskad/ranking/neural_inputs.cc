#include "kaskad/ranking/neural_inputs.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/dataset/time_gap.h"

namespace kaskad {

int64_t age_bucket(int64_t milliseconds) {
  constexpr int64_t kHourMs = 3'600'000;
  int64_t bucket = 1;
  for (int64_t bound = kHourMs; bucket < kAgeBuckets && milliseconds > bound; bound *= 2) ++bucket;
  return bucket;
}

RequestWriter::RequestWriter(const NeuralInputs& inputs, std::span<const uint8_t> learned,
                             const ScaledFeatures* features, const CrossCounters* counters,
                             const QuerySide* query)
    : inputs_(inputs), learned_(learned), features_(features), counters_(counters), query_(query) {
  KASKAD_ASSERT(inputs.max_history > 0 && inputs.hop > 0 && inputs.hop <= inputs.max_history);
}

size_t RequestWriter::numbers() const {
  return kRetrievalNumbers + (features_ ? features_->scaler.width() : 0) + num_counters();
}

void RequestWriter::write(const RankRequest& request, NeuralRequest& out) const {
  write_query(request, out);
  write_candidates(request, out);
}

void RequestWriter::write_query(const RankRequest& request, NeuralRequest& out) const {
  write_history(request, out);
  if (query_) query_->write(request, out.query);
}

bool RequestWriter::is_learned(ItemId item) const {
  return index(item) < learned_.size() && learned_[index(item)] != 0;
}

int64_t RequestWriter::action_token(const History& history, size_t event) const {
  if (inputs_.actions.empty()) return kNoActionToken;
  const size_t code = history.actions.empty() ? kUnknownAction : history.actions[event];
  return code < inputs_.actions.size() ? kFirstActionToken + static_cast<int64_t>(code)
                                       : kUnknownActionToken;
}

void RequestWriter::write_history(const RankRequest& request, NeuralRequest& out) const {
  const History& history = request.history;
  const auto known = static_cast<size_t>(std::count_if(
      history.items.begin(), history.items.end(), [&](ItemId item) { return is_learned(item); }));
  size_t skipped = known > inputs_.max_history ? known - inputs_.max_history : 0;
  skipped = (skipped + inputs_.hop - 1) / inputs_.hop * inputs_.hop;
  std::vector<int64_t> times;
  out.tokens.assign(1, static_cast<int64_t>(learned_.size()) + 1);
  out.actions.assign(1, kNoActionToken);
  for (size_t at = 0, number = 0; at < history.size(); ++at) {
    if (!is_learned(history.items[at]) || number++ < skipped) continue;
    out.tokens.push_back(static_cast<int64_t>(index(history.items[at])) + 1);
    out.actions.push_back(action_token(history, at));
    if (inputs_.gaps || inputs_.ages) times.push_back(history.times[at]);
  }
  out.gaps.assign(out.tokens.size(), 0);
  out.ages.assign(out.tokens.size(), 0);
  if (inputs_.ages) {
    for (size_t i = 0; i < times.size(); ++i) out.ages[i + 1] = age_bucket(request.now - times[i]);
  }
  out.request_gap = 0;
  if (times.empty() || !inputs_.gaps) return;
  gap_buckets(times, std::span(out.gaps).subspan(1));
  if (request.now >= times.back()) out.request_gap = gap_bucket(request.now - times.back());
}

void RequestWriter::write_candidates(const RankRequest& request, NeuralRequest& out) const {
  const size_t count = request.candidates.size(), width = numbers();
  out.candidates.resize(count);
  out.rows.resize(count);
  out.numbers.resize(count * width);
  float largest = 0;
  for (const float score : request.scores) largest = std::max(largest, std::abs(score));
  for (size_t c = 0; c < count; ++c) {
    const ItemId item = request.candidates[c];
    out.candidates[c] = is_learned(item) ? static_cast<int64_t>(index(item)) + 1 : 0;
    out.rows[c] = index(item) < learned_.size() ? static_cast<int64_t>(index(item)) + 1 : 0;
    const bool ranked = !request.ranks.empty() && request.ranks[c] > 0;
    float* numbers = out.numbers.data() + c * width;
    numbers[0] = ranked ? 1 / static_cast<float>(request.ranks[c]) : 0;
    numbers[1] = largest > 0 ? request.scores[c] / largest : 0;
  }
  if (count == 0) return;
  if (features_) {
    out.features.resize(count * features_->scaler.num_columns());
    features_->features.compute(request, out.features);
    features_->scaler.scale(out.features, out.numbers.data() + kRetrievalNumbers, width);
  }
  if (num_counters() == 0 || counters_->store == nullptr) return;
  out.counters.resize(count * num_counters());
  counters_->store->answer(counter_request(request), out.counters);
  counters_->scale.scale(out.counters, out.numbers.data() + width - num_counters(), width);
}

}  // namespace kaskad
