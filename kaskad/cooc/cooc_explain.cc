// Why a CoocModel ranks an item, and what its matrices hold to be like one.
#include <algorithm>
#include <cmath>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/cooc/cooc_scratch.h"
#include "kaskad/model/contributions.h"

namespace kaskad {

// factors[t] = what the part adds to the final score of items[t], over its own score of it; 0
// where it says nothing. Uses up the scores of the part.
void CoocModel::part_factors(size_t part, const Query& query, std::span<const ItemId> items,
                             ScoreRow& row, std::span<float> factors) const {
  std::fill(factors.begin(), factors.end(), 0.0f);
  if (blend_.parts.size() == 1) {
    for (size_t t = 0; t < items.size(); ++t) factors[t] = row[index(items[t])] != 0;
    return row.clear();
  }
  const auto weight = static_cast<float>(blend_.parts[part].weight);
  const double sum = positive_sum(query, row);
  for (size_t t = 0; t < items.size() && sum > 0; ++t) {
    const float score = row[index(items[t])];
    if (score <= 0) continue;
    factors[t] = weight * std::log1p(score * static_cast<float>(1 / (sum * kBlendFloor))) / score;
  }
  row.clear();
}

// Within a part an event's share is its own term; a part's terms are scaled to what the part
// adds to the item's final score. Each part is scored once and its rows read once more, whatever
// the number of items.
std::vector<std::vector<Contribution>> CoocModel::explain(const Query& query,
                                                          std::span<const ItemId> items) const {
  const size_t events = query.history.size();
  std::vector<uint32_t> place(num_items(), 0);  // 1 + the item's place in `items`, 0 for others
  for (uint32_t t = 0; t < items.size(); ++t) place[index(items[t])] = t + 1;
  std::vector<float> shares(items.size() * events, 0.0f);  // (items, events)
  std::vector<float> factors(items.size());
  const Pool<Scratch>::Loan scratch(scratch_);
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    if (blend_.parts[part].variant.matrix.kind == MatrixKind::kPopularity) continue;
    score_part(part, query, *scratch);
    part_factors(part, query, items, scratch->row, factors);
    for (const WeightedItem& event : scratch->events) {
      const auto columns = matrices_[part].view.row_columns(event.item);
      const auto values = matrices_[part].view.row_values(event.item);
      for (size_t c = 0; c < columns.size(); ++c) {
        const uint32_t t = place[columns[c]];
        if (t == 0) continue;
        shares[(t - 1) * events + event.position] += event.weight * values[c] * factors[t - 1];
      }
    }
  }
  std::vector<std::vector<Contribution>> result;
  for (size_t t = 0; t < items.size(); ++t) {
    result.push_back(strongest_first(std::span(shares).subspan(t * events, events)));
  }
  return result;
}

// Adds what a part's row says of the others, as blend_part() does for a history of one item.
void CoocModel::add_similar(size_t part, ItemId item, std::span<float> scores) const {
  const auto columns = matrices_[part].view.row_columns(index(item));
  const auto values = matrices_[part].view.row_values(index(item));
  double sum = 0;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] != index(item)) sum += std::max(0.0f, values[c]);
  }
  if (sum <= 0) return;
  const double scale = 1 / (sum * kBlendFloor);
  for (size_t c = 0; c < columns.size(); ++c) {
    const double share = scale * std::max(0.0f, values[c]);
    scores[columns[c]] += static_cast<float>(blend_.parts[part].weight * std::log1p(share));
  }
}

// Parts that speak against items correct for others, which one item alone does not call for; and
// popularity is like nothing.
std::vector<ScoredItem> CoocModel::similar(ItemId item, size_t k) const {
  std::vector<float> scores(num_items(), 0.0f);
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    if (blend_.parts[part].variant.matrix.kind == MatrixKind::kPopularity) continue;
    if (blend_.parts.size() == 1) {
      const auto columns = matrices_[part].view.row_columns(index(item));
      const auto values = matrices_[part].view.row_values(index(item));
      for (size_t c = 0; c < columns.size(); ++c) scores[columns[c]] = values[c];
    } else if (blend_.parts[part].weight > 0) {
      add_similar(part, item, scores);
    }
  }
  scores[index(item)] = 0;
  TopK top(k);
  offer_all(scores.data(), num_items(), 0, 0.0f, top);
  std::vector<ScoredItem> result;
  for (const Candidate& best : top.finish()) result.push_back({ItemId(best.item), best.score});
  return result;
}

}  // namespace kaskad
