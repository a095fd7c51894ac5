// Metrics of one case out of the ranks of its targets. Lists are not needed, so the grid, which
// only counts how many items score higher, uses the same functions as the evaluator.
//
// ranks: 1-based, ascending, of the targets that were ranked; fractional where ties get the
// middle. relevant: all targets asked for, ranked or not (R). A target is found when rank <= k.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace kaskad {

// What a target's rank is among items of the same score.
enum class TieRule {
  kMiddle,   // the expected rank if ties were drawn by lot
  kAgainst,  // all other items of the same score come first
  kListed,   // the position in the returned list, however the model broke its ties
};

TieRule parse_tie_rule(const std::string& text);  // "middle", "against", "listed"; throws Error
std::string to_string(TieRule rule);
std::string describe(TieRule rule);  // one sentence for reports

// Appends the ranks of `targets` items that share one score with `tied - targets` others, while
// `better` items score higher. kMiddle: the means of order statistics,
// better + j (tied + 1) / (targets + 1), j = 1..targets; kAgainst: better + (tied - targets) + j.
void append_tied_ranks(size_t better, size_t tied, size_t targets, TieRule rule,
                       std::vector<double>& ranks);

double hit_rate_at(std::span<const double> ranks, size_t relevant, size_t k);   // any found
double recall_at(std::span<const double> ranks, size_t relevant, size_t k);     // found / R
double precision_at(std::span<const double> ranks, size_t relevant, size_t k);  // found / k
double mrr_at(std::span<const double> ranks, size_t relevant, size_t k);  // 1 / rank of the first

// sum over found 1 / log2(1 + rank), divided by the same sum over ranks 1..min(k, R).
double ndcg_at(std::span<const double> ranks, size_t relevant, size_t k);
// The same with the ideal of k relevant items, however few there are: at most 1/ideal(k) for R = 1.
double ndcg_full_ideal_at(std::span<const double> ranks, size_t relevant, size_t k);

// sum over found j / rank_j (precision where the j-th is found), divided by min(k, R) or by R.
double map_at(std::span<const double> ranks, size_t relevant, size_t k);
double map_all_relevant_at(std::span<const double> ranks, size_t relevant, size_t k);

}  // namespace kaskad
