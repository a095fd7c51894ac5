// How a CoocModel scores items and answers queries.
#include <algorithm>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/cooc/cooc_scratch.h"
#include "kaskad/kernels/log_share.h"

namespace kaskad {

// scratch.row = the part's scores of all items.
void CoocModel::score_part(size_t part, const Query& query, Scratch& scratch) const {
  const Variant& variant = blend_.parts[part].variant;
  if (variant.matrix.kind == MatrixKind::kPopularity) {
    return scratch.row.assign(matrices_[part].view.values);
  }
  weigh_history(variant.history, query.history.items, query.history.times, scratch.events);
  scratch.row.add_rows(matrices_[part].view, scratch.events, variant.history.combine);
}

// What the shares of a part are out of: its positive scores outside the history, whose own are
// set to 0.
double CoocModel::positive_sum(const Query& query, ScoreRow& row) {
  for (const ItemId item : query.history.items) row[index(item)] = 0;
  double sum = 0;
  if (row.is_sparse()) {
    for (const uint32_t item : row.reached()) sum += std::max(0.0f, row[item]);
  } else {
    for (const float score : row.all()) sum += std::max(0.0f, score);
  }
  return sum;
}

// Adds weight * log(1 + p / kBlendFloor) of scratch.row to scratch.blended and clears the row.
void CoocModel::blend_part(float weight, const Query& query, Scratch& scratch) const {
  ScoreRow& row = scratch.row;
  const double sum = positive_sum(query, row);
  // Below, the scale would leave the range of float, and 0 times it be no number.
  if (sum > kLeastEvidence) {
    const float scale = static_cast<float>(1 / (sum * kBlendFloor));
    if (row.is_sparse()) {
      for (const uint32_t item : row.reached()) {
        add_log_share(&row[item], 1, scale, weight, &scratch.blended[item]);
      }
    } else {
      add_log_share(row.all().data(), num_items(), scale, weight, scratch.blended.data());
    }
  }
  row.clear();
}

void CoocModel::score_parts(const Query& query, std::span<float> evidence) const {
  KASKAD_ASSERT(evidence.size() == blend_.parts.size() * num_items());
  const Pool<Scratch>::Loan scratch(scratch_);
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    scratch->blended.assign(num_items(), 0.0f);
    score_part(part, query, *scratch);
    blend_part(1.0f, query, *scratch);
    std::copy(scratch->blended.begin(), scratch->blended.end(),
              evidence.begin() + static_cast<ptrdiff_t>(part * num_items()));
  }
}

// scratch.row = the model's scores of all items.
void CoocModel::score(const Query& query, Scratch& scratch) const {
  if (blend_.parts.size() == 1) return score_part(0, query, scratch);
  scratch.blended.assign(num_items(), 0.0f);
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    score_part(part, query, scratch);
    blend_part(static_cast<float>(blend_.parts[part].weight), query, scratch);
  }
  scratch.row.swap(scratch.blended);
}

// Offers the scored items that the query allows, and clears the row.
void CoocModel::choose(const Query& query, Scratch& scratch) const {
  ScoreRow& row = scratch.row;
  const auto leave_out = [&](std::span<const ItemId> items) {
    for (const ItemId item : items) {
      if (index(item) < num_items()) row[index(item)] = 0;
    }
  };
  if (query.exclude_seen) leave_out(query.history.items);
  leave_out(query.exclude);
  if (query.allow.empty()) return row.drain_into(scratch.top);
  for (const ItemId item : query.allow) {
    if (index(item) >= num_items()) continue;
    float& score = row[index(item)];
    if (score > 0) scratch.top.offer(static_cast<uint32_t>(item), score);
    score = 0;  // an item may be listed twice
  }
  row.clear();
}

void CoocModel::answer(const Query& query, Scratch& scratch, std::span<ScoredItem> best) const {
  score(query, scratch);
  scratch.top.reset(best.size());
  choose(query, scratch);
  size_t used = 0;
  for (const Candidate& candidate : scratch.top.finish()) {
    best[used++] = {ItemId(candidate.item), candidate.score};
  }
  if (used == best.size()) return;
  scratch.filter.set(query);
  fill_.fill(scratch.filter, best, used);
}

void CoocModel::retrieve(std::span<const Query> queries, size_t k,
                         std::span<ScoredItem> out) const {
  KASKAD_ASSERT(out.size() == queries.size() * k);
  const Pool<Scratch>::Loan scratch(scratch_);
  for (size_t q = 0; q < queries.size(); ++q) {
    answer(queries[q], *scratch, out.subspan(q * k, k));
  }
}

void CoocModel::score_all(const Query& query, std::span<float> scores) const {
  KASKAD_ASSERT(scores.size() == num_items());
  const Pool<Scratch>::Loan scratch(scratch_);
  score(query, *scratch);
  std::copy_n(scratch->row.all().begin(), num_items(), scores.begin());
  scratch->row.clear();
}

}  // namespace kaskad
