#include "kaskad/cooc/ease.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kaskad/cooc/knobs.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

// The two LAPACK routines that OpenBLAS carries itself, as Fortran calls them: column order,
// status 0 is success. The header of lapacke would bring a second library for two prototypes.
extern "C" {
void dpotrf_(const char* triangle, const int* n, double* a, const int* lda, int* status);
void dpotri_(const char* triangle, const int* n, double* a, const int* lda, int* status);
}

constexpr uint32_t kOutside = UINT32_MAX;

std::vector<uint32_t> most_popular(const Sequences& sequences, uint32_t count) {
  std::vector<uint32_t> items;
  for (uint32_t i = 0; i < sequences.num_items; ++i) {
    if (!sequences.occurrences(i).empty()) items.push_back(i);
  }
  std::stable_sort(items.begin(), items.end(), [&](uint32_t a, uint32_t b) {
    return sequences.occurrences(a).size() > sequences.occurrences(b).size();
  });
  if (items.size() > count) items.resize(count);
  return items;
}

}  // namespace

EaseProblem::EaseProblem(const Sequences& sequences, uint32_t max_items, int threads)
    : num_items_(sequences.num_items), head_(most_popular(sequences, max_items)) {
  const size_t n = head_.size();
  std::vector<uint32_t> place(num_items_, kOutside);
  for (size_t h = 0; h < n; ++h) place[head_[h]] = static_cast<uint32_t>(h);
  gram_.assign(n * n, 0.0);
  // Row h gathers the histories of the users of its item; a repeat counts once.
  parallel_for(n, threads, [&](size_t h, int) {
    uint32_t last_user = kOutside;
    std::vector<uint32_t> history;
    for (const uint32_t event : sequences.occurrences(head_[h])) {
      const uint32_t user = sequences.user[event];
      if (user == last_user) continue;
      last_user = user;
      history.clear();
      for (uint64_t e = sequences.user_begin[user]; e < sequences.user_begin[user + 1]; ++e) {
        if (place[sequences.item[e]] != kOutside) history.push_back(place[sequences.item[e]]);
      }
      std::sort(history.begin(), history.end());
      history.erase(std::unique(history.begin(), history.end()), history.end());
      for (const uint32_t j : history) gram_[h * n + j] += 1;
    }
  });
}

ItemMatrix EaseProblem::solve(double lambda, uint32_t top_k, int threads) const {
  const size_t n = head_.size();
  if (n == 0) return ItemMatrixBuilder(num_items_).finish();  // LAPACK takes no empty system
  const int order = static_cast<int>(n);
  openblas_set_num_threads(threads);
  std::vector<double> inverse = gram_;
  for (size_t i = 0; i < n; ++i) inverse[i * n + i] += lambda;
  int status = 0;
  dpotrf_("U", &order, inverse.data(), &order, &status);
  if (status == 0) dpotri_("U", &order, inverse.data(), &order, &status);
  if (status != 0) {
    throw Error("EASE: the system of " + std::to_string(n) + " items is singular at lambda " +
                short_number(lambda) + ", expected a larger lambda");
  }
  ItemMatrixBuilder builder(num_items_);
  parallel_for(n, threads, [&](size_t i, int) {
    std::vector<std::pair<uint32_t, float>> row;
    for (size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const double p = i < j ? inverse[j * n + i] : inverse[i * n + j];
      row.emplace_back(head_[j], static_cast<float>(-p / inverse[j * n + j]));
    }
    if (top_k > 0 && row.size() > top_k) {
      std::nth_element(row.begin(), row.begin() + top_k, row.end(), [](auto& a, auto& b) {
        const float x = std::fabs(a.second), y = std::fabs(b.second);
        return x != y ? x > y : a.first < b.first;
      });
      row.resize(top_k);
    }
    std::vector<uint32_t> columns;
    std::vector<float> values;
    for (const auto& [item, weight] : row) {
      columns.push_back(item);
      values.push_back(weight);
    }
    builder.add(head_[i], columns, values);
  });
  return builder.finish();
}

std::string EaseOptions::name() const {
  std::string text = "lambda " + short_number(lambda);
  if (max_items != EaseOptions{}.max_items) text += ", " + std::to_string(max_items) + " items";
  if (top_k > 0) text += ", top " + std::to_string(top_k);
  return text;
}

void to_json(nlohmann::json& json, const EaseOptions& options) {
  json = {{"lambda", options.lambda}, {"max_items", options.max_items}, {"top_k", options.top_k}};
}

void from_json(const nlohmann::json& json, EaseOptions& options) {
  KnobReader reader(json, "ease");
  reader.number("lambda", options.lambda, 1e-3, 1e9);
  reader.count("max_items", options.max_items);
  if (options.max_items == 0) throw Error("ease, 'max_items': found 0, expected at least 1");
  reader.count("top_k", options.top_k);
  reader.finish();
}

}  // namespace kaskad
