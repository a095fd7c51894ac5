#include "kaskad/train/history_batch.h"

#include <algorithm>

#include "kaskad/dataset/time_gap.h"

namespace kaskad::train {

SequenceBatch history_batch(std::span<const History> histories, const Recipe& recipe,
                            int64_t num_items) {
  const size_t begin = recipe.masked() ? 0 : 1;  // places for the special token
  const auto most = static_cast<size_t>(recipe.max_history);
  size_t longest = 0;
  for (const History& history : histories) longest = std::max(longest, history.size());
  const size_t width = std::max<size_t>(1, std::min(longest + begin, most));
  const std::vector<int64_t> shape = {static_cast<int64_t>(histories.size()),
                                      static_cast<int64_t>(width)};
  SequenceBatch out;
  out.tokens = torch::full(shape, kPadding, torch::kInt64);
  if (recipe.time_features) out.gaps = torch::zeros(shape, torch::kInt64);
  const int64_t special = special_token(num_items);
  for (size_t row = 0; row < histories.size(); ++row) {
    const History& history = histories[row];
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
  return out;
}

}  // namespace kaskad::train
