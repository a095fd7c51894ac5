#include "kaskad/ranking/neural_inputs.h"

#include <algorithm>
#include <cmath>

#include "kaskad/dataset/time_gap.h"

namespace kaskad {
namespace {

bool is_learned(ItemId item, std::span<const uint8_t> learned) {
  return index(item) < learned.size() && learned[index(item)] != 0;
}

void write_history(const RankRequest& request, const NeuralInputs& inputs,
                   std::span<const uint8_t> learned, NeuralRequest& out) {
  const History& history = request.history;
  std::vector<int64_t> times;
  out.tokens.clear();
  for (size_t at = history.size(); at > 0 && out.tokens.size() < inputs.max_history; --at) {
    if (!is_learned(history.items[at - 1], learned)) continue;
    out.tokens.push_back(static_cast<int64_t>(index(history.items[at - 1])) + 1);
    if (inputs.gaps) times.push_back(history.times[at - 1]);
  }
  out.tokens.push_back(static_cast<int64_t>(learned.size()) + 1);
  std::reverse(out.tokens.begin(), out.tokens.end());
  out.gaps.assign(out.tokens.size(), 0);
  out.request_gap = 0;
  if (times.empty()) return;
  std::reverse(times.begin(), times.end());
  gap_buckets(times, std::span(out.gaps).subspan(1));
  if (request.now >= times.back()) out.request_gap = gap_bucket(request.now - times.back());
}

}  // namespace

void write_request(const RankRequest& request, const NeuralInputs& inputs,
                   std::span<const uint8_t> learned, NeuralRequest& out) {
  write_history(request, inputs, learned, out);
  out.candidates.clear();
  out.numbers.clear();
  float largest = 0;
  for (const float score : request.scores) largest = std::max(largest, std::abs(score));
  for (size_t c = 0; c < request.candidates.size(); ++c) {
    const ItemId item = request.candidates[c];
    out.candidates.push_back(is_learned(item, learned) ? static_cast<int64_t>(index(item)) + 1 : 0);
    const bool ranked = !request.ranks.empty() && request.ranks[c] > 0;
    out.numbers.push_back(ranked ? 1 / static_cast<float>(request.ranks[c]) : 0);
    out.numbers.push_back(largest > 0 ? request.scores[c] / largest : 0);
  }
}

}  // namespace kaskad
