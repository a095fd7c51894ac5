#include "kaskad/retrieval/history_tokens.h"

#include <algorithm>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/dataset/time_gap.h"

namespace kaskad {
namespace {

// Padding costs the model as much as events do, a further call some tens of microseconds.
bool is_much_shorter(size_t length, size_t longest) { return length + 4 + longest / 8 < longest; }

}  // namespace

void HistoryTokens::add(const History& history) {
  const bool with_gaps = !inputs_.gaps.empty();
  KASKAD_ASSERT(!with_gaps || history.times.size() == history.items.size());
  kept_items_.clear();
  kept_times_.clear();
  // From the newest event backwards, so that the length of the history does not matter.
  for (size_t at = history.size(); at > 0 && kept_items_.size() < inputs_.max_history; --at) {
    const size_t item = index(history.items[at - 1]);
    if (item >= in_histories_.size() || !in_histories_[item]) continue;
    kept_items_.push_back(static_cast<int64_t>(item) + 1);
    if (with_gaps) kept_times_.push_back(history.times[at - 1]);
  }
  if (inputs_.begin_token && kept_items_.size() < inputs_.max_history) {
    tokens_.push_back(static_cast<int64_t>(in_histories_.size()) + 1);
    if (with_gaps) gaps_.push_back(0);
  }
  tokens_.insert(tokens_.end(), kept_items_.rbegin(), kept_items_.rend());
  if (with_gaps) {
    std::reverse(kept_times_.begin(), kept_times_.end());
    gaps_.resize(tokens_.size());
    gap_buckets(kept_times_, std::span(gaps_).last(kept_times_.size()));
  }
  offsets_.push_back(tokens_.size());
}

std::vector<std::vector<uint32_t>> HistoryTokens::batches(size_t max_rows) const {
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0U);
  std::erase_if(order, [&](uint32_t row) { return length(row) == 0; });
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return length(a) > length(b); });
  std::vector<std::vector<uint32_t>> out;
  for (const uint32_t row : order) {
    const bool full = out.empty() || out.back().size() == max_rows;
    const bool waste =
        !inputs_.fixed_length && !full && is_much_shorter(length(row), length(out.back().front()));
    if (full || waste) out.emplace_back();
    out.back().push_back(row);
  }
  return out;
}

void HistoryTokens::pad(std::span<const uint32_t> rows, Batch& batch) const {
  batch.length = inputs_.fixed_length ? inputs_.max_history : 0;
  for (const uint32_t row : rows) batch.length = std::max(batch.length, length(row));
  const auto write = [&](const std::vector<int64_t>& from, std::vector<int64_t>& to) {
    to.assign(rows.size() * batch.length, 0);
    for (size_t r = 0; r < rows.size(); ++r) {
      const size_t count = length(rows[r]);
      std::copy_n(from.begin() + static_cast<ptrdiff_t>(offsets_[rows[r]]), count,
                  to.begin() + static_cast<ptrdiff_t>((r + 1) * batch.length - count));
    }
  };
  write(tokens_, batch.tokens);
  if (inputs_.gaps.empty()) {
    batch.gaps.clear();
  } else {
    write(gaps_, batch.gaps);
  }
}

}  // namespace kaskad
