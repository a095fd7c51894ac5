#include "kaskad/experiment/checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {

SampleRatio check_sample_ratio(std::span<const double> users, std::span<const double> shares) {
  KASKAD_ASSERT(users.size() == shares.size());
  const double all = std::accumulate(users.begin(), users.end(), 0.0);
  const double whole = std::accumulate(shares.begin(), shares.end(), 0.0);
  SampleRatio ratio;
  for (size_t a = 0; a < users.size(); ++a) {
    const double expected = all * shares[a] / whole;
    ratio.expected.push_back(expected);
    if (expected > 0) ratio.chi_square += std::pow(users[a] - expected, 2) / expected;
  }
  if (users.size() < 2 || all == 0) return ratio;
  ratio.p_value = chi_square_upper(ratio.chi_square, static_cast<double>(users.size() - 1));
  ratio.mismatch = ratio.p_value < kMismatch;
  return ratio;
}

double independence_p(const std::vector<std::vector<double>>& table) {
  if (table.empty()) return 1;
  std::vector<double> rows, columns(table[0].size());
  for (const auto& row : table) {
    rows.push_back(std::accumulate(row.begin(), row.end(), 0.0));
    for (size_t c = 0; c < columns.size(); ++c) columns[c] += row[c];
  }
  const double all = std::accumulate(rows.begin(), rows.end(), 0.0);
  double chi_square = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < columns.size(); ++c) {
      const double expected = all > 0 ? rows[r] * columns[c] / all : 0;
      if (expected > 0) chi_square += std::pow(table[r][c] - expected, 2) / expected;
    }
  }
  const auto some = [](double sum) { return sum > 0; };
  const auto used_rows = std::ranges::count_if(rows, some);
  const auto used_columns = std::ranges::count_if(columns, some);
  if (used_rows < 2 || used_columns < 2) return 1;
  return chi_square_upper(chi_square, static_cast<double>((used_rows - 1) * (used_columns - 1)));
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.begin(), p_values.end());
  double least = 0;  // adjusted values rise with the raw ones
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    least = std::max(least, std::min(1.0, left * p_values[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace kaskad::ab
