#include "kaskad/eval/rank_metrics.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

size_t found(std::span<const double> ranks, size_t k) {
  const auto end = std::upper_bound(ranks.begin(), ranks.end(), static_cast<double>(k));
  return static_cast<size_t>(end - ranks.begin());
}

double dcg(std::span<const double> ranks, size_t k) {
  double sum = 0;
  for (const double rank : ranks.first(found(ranks, k))) sum += 1 / std::log2(1 + rank);
  return sum;
}

// DCG of relevant items on ranks 1..count.
double ideal_dcg(size_t count) {
  double sum = 0;
  for (size_t rank = 1; rank <= count; ++rank) sum += 1 / std::log2(1 + static_cast<double>(rank));
  return sum;
}

double sum_of_precisions(std::span<const double> ranks, size_t k) {
  double sum = 0;
  const size_t count = found(ranks, k);
  for (size_t j = 0; j < count; ++j) sum += static_cast<double>(j + 1) / ranks[j];
  return sum;
}

double ratio(double part, size_t whole) {
  return whole == 0 ? 0 : part / static_cast<double>(whole);
}

}  // namespace

TieRule parse_tie_rule(const std::string& text) {
  for (const TieRule rule : {TieRule::kMiddle, TieRule::kAgainst, TieRule::kListed}) {
    if (text == to_string(rule)) return rule;
  }
  throw Error("tie rule '" + text + "' is unknown; allowed: middle, against, listed");
}

std::string to_string(TieRule rule) {
  switch (rule) {
    case TieRule::kMiddle:
      return "middle";
    case TieRule::kAgainst:
      return "against";
    case TieRule::kListed:
      return "listed";
  }
  return {};
}

std::string describe(TieRule rule) {
  switch (rule) {
    case TieRule::kMiddle:
      return "items of equal score share the middle of their ranks";
    case TieRule::kAgainst:
      return "items of equal score all come before the target";
    case TieRule::kListed:
      return "the rank is the position in the list as it was returned";
  }
  return {};
}

void append_tied_ranks(size_t better, size_t tied, size_t targets, TieRule rule,
                       std::vector<double>& ranks) {
  for (size_t j = 1; j <= targets; ++j) {
    const double offset = rule == TieRule::kAgainst
                              ? static_cast<double>(tied - targets + j)
                              : static_cast<double>(j) * static_cast<double>(tied + 1) /
                                    static_cast<double>(targets + 1);
    ranks.push_back(static_cast<double>(better) + offset);
  }
}

double hit_rate_at(std::span<const double> ranks, size_t, size_t k) {
  return !ranks.empty() && ranks[0] <= static_cast<double>(k) ? 1 : 0;
}

double recall_at(std::span<const double> ranks, size_t relevant, size_t k) {
  return ratio(static_cast<double>(found(ranks, k)), relevant);
}

double precision_at(std::span<const double> ranks, size_t, size_t k) {
  return ratio(static_cast<double>(found(ranks, k)), k);
}

double mrr_at(std::span<const double> ranks, size_t relevant, size_t k) {
  return hit_rate_at(ranks, relevant, k) == 0 ? 0 : 1 / ranks[0];
}

double ndcg_at(std::span<const double> ranks, size_t relevant, size_t k) {
  const double gain = dcg(ranks, k);
  return gain == 0 ? 0 : gain / ideal_dcg(std::min(k, relevant));
}

double ndcg_full_ideal_at(std::span<const double> ranks, size_t, size_t k) {
  const double gain = dcg(ranks, k);
  return gain == 0 ? 0 : gain / ideal_dcg(k);
}

double map_at(std::span<const double> ranks, size_t relevant, size_t k) {
  return ratio(sum_of_precisions(ranks, k), std::min(k, relevant));
}

double map_all_relevant_at(std::span<const double> ranks, size_t relevant, size_t k) {
  return ratio(sum_of_precisions(ranks, k), relevant);
}

}  // namespace kaskad
