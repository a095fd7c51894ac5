#include "kaskad/train/loss_items.h"

namespace kaskad::train {

using torch::Tensor;

LossItems item_rows(SequenceModel& model, const Tensor& targets, const Tensor& candidates) {
  if (!model.shards() && targets.numel() + candidates.numel() >= model.num_items()) {
    return {model.all_item_vectors(), targets, candidates};
  }
  const Tensor wanted = torch::cat({targets, candidates.reshape({-1})});
  const auto [items, rows, counts] =
      at::_unique2(wanted, /*sorted=*/true, /*return_inverse=*/true, /*return_counts=*/false);
  return {model.item_vectors(items), rows.slice(0, 0, targets.numel()),
          rows.slice(0, targets.numel()).view(candidates.sizes())};
}

void Hits::add(const Tensor& scores, int64_t first, int64_t last, const Tensor& value) const {
  const int64_t lo = begin[static_cast<size_t>(first)], hi = begin[static_cast<size_t>(last)];
  if (lo == hi) return;
  const Tensor local = entries.slice(0, lo, hi) - first * candidates;
  const Tensor added = value.dim() == 0 ? value.expand({hi - lo}) : value.slice(0, lo, hi);
  scores.view({-1}).index_add_(0, local, added.to(scores.scalar_type()));
}

namespace {

// The candidates of one set by row: chains of the places in the set where a row stands.
class RowIndex {
 public:
  RowIndex(int64_t rows, int64_t candidates)
      : head_(static_cast<size_t>(rows), -1), next_(static_cast<size_t>(candidates)) {}

  void fill(const int64_t* rows) {
    for (size_t j = next_.size(); j-- > 0;) {
      int64_t& head = head_[static_cast<size_t>(rows[j])];
      next_[j] = head;
      head = static_cast<int64_t>(j);
    }
  }
  void clear(const int64_t* rows) {
    for (size_t j = 0; j < next_.size(); ++j) head_[static_cast<size_t>(rows[j])] = -1;
  }
  template <typename Body>
  void each(int64_t row, Body body) const {
    for (int64_t j = head_[static_cast<size_t>(row)]; j >= 0; j = next_[static_cast<size_t>(j)]) {
      body(j);
    }
  }

 private:
  std::vector<int64_t> head_, next_;
};

}  // namespace

Hits find_hits(const LossItems& items, const std::vector<int64_t>& set_begin) {
  const Tensor targets = items.target_rows.to(torch::kCPU).contiguous();
  const Tensor candidates = items.candidate_rows.to(torch::kCPU).contiguous();
  Hits hits;
  hits.candidates = candidates.size(1);
  hits.begin.reserve(static_cast<size_t>(targets.numel()) + 1);
  hits.begin.push_back(0);
  const Tensor count = torch::empty({targets.numel()}, torch::kFloat32);
  std::vector<int64_t> entries;
  RowIndex index(items.vectors.size(0), hits.candidates);
  for (size_t set = 0; set + 1 < set_begin.size(); ++set) {
    const int64_t* const rows =
        candidates.data_ptr<int64_t>() + static_cast<int64_t>(set) * hits.candidates;
    index.fill(rows);
    for (int64_t place = set_begin[set]; place < set_begin[set + 1]; ++place) {
      index.each(targets.data_ptr<int64_t>()[place],
                 [&](int64_t j) { entries.push_back(place * hits.candidates + j); });
      const auto end = static_cast<int64_t>(entries.size());
      count.data_ptr<float>()[place] = static_cast<float>(end - hits.begin.back());
      hits.begin.push_back(end);
    }
    index.clear(rows);
  }
  hits.entries = torch::tensor(entries, torch::kInt64).to(items.vectors.device());
  hits.count = count.to(items.vectors.device());
  return hits;
}

}  // namespace kaskad::train
