#include "kaskad/train/history_batch.h"

#include <algorithm>

#include "kaskad/dataset/clock_codes.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/user_batch.h"

namespace kaskad::train {
namespace {

// (queries, width, kClockPlaces), zeros in front of the newest place.
torch::Tensor clock_of(std::span<const Query> queries, size_t width) {
  torch::Tensor clock =
      torch::zeros({static_cast<int64_t>(queries.size()), static_cast<int64_t>(width),
                    static_cast<int64_t>(kClockPlaces)},
                   torch::kInt64);
  for (size_t row = 0; row < queries.size(); ++row) {
    int64_t* to = clock.data_ptr<int64_t>() + ((row + 1) * width - 1) * kClockPlaces;
    std::ranges::copy(clock_codes(queries[row].now), to);
  }
  return clock;
}

}  // namespace

SequenceBatch history_batch(std::span<const Query> queries, const Recipe& recipe,
                            const FeatureSchema& users, int64_t num_items) {
  const size_t begin = recipe.masked() ? 0 : 1;  // places for the special token
  const auto most = static_cast<size_t>(recipe.max_history);
  size_t longest = 0;
  for (const Query& query : queries) longest = std::max(longest, query.history.size());
  const size_t width = std::max<size_t>(1, std::min(longest + begin, most));
  const std::vector<int64_t> shape = {static_cast<int64_t>(queries.size()),
                                      static_cast<int64_t>(width)};
  SequenceBatch out;
  out.tokens = torch::full(shape, kPadding, torch::kInt64);
  if (recipe.time_features) out.gaps = torch::zeros(shape, torch::kInt64);
  const int64_t special = special_token(num_items);
  for (size_t row = 0; row < queries.size(); ++row) {
    const History& history = queries[row].history;
    const size_t n = std::min(history.size(), most), first = history.size() - n;
    const size_t end = (row + 1) * width;
    int64_t* tokens = out.tokens.data_ptr<int64_t>();
    for (size_t i = 0; i < n; ++i) {
      tokens[end - n + i] = static_cast<int64_t>(index(history.items[first + i])) + 1;
    }
    if (begin > 0 && n < most) tokens[end - n - 1] = special;
    if (out.gaps.defined() && n > 0) {
      gap_buckets(history.times.subspan(first, n),
                  std::span(out.gaps.data_ptr<int64_t>() + (end - n), n));
    }
  }
  write_users(queries, users, out);
  if (recipe.clock_features) out.clock = clock_of(queries, width);
  return out;
}

}  // namespace kaskad::train
