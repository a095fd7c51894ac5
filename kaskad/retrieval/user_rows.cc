#include "kaskad/retrieval/user_rows.h"

#include <algorithm>

#include "kaskad/dataset/clock_codes.h"

namespace kaskad {
namespace {

void fill_codes(const FeatureSchema& schema, std::span<const Query> queries,
                std::span<const uint32_t> rows, UserRows& out) {
  std::vector<int64_t> all;
  std::vector<size_t> ends;
  out.places = 1;
  for (const uint32_t row : rows) {
    const size_t before = all.size();
    schema.append_codes(queries[row].user_features, all);
    ends.push_back(all.size());
    out.places = std::max(out.places, all.size() - before);
  }
  out.codes.assign(rows.size() * out.places, 0);
  for (size_t r = 0, begin = 0; r < rows.size(); begin = ends[r++]) {
    std::copy(all.begin() + static_cast<ptrdiff_t>(begin),
              all.begin() + static_cast<ptrdiff_t>(ends[r]),
              out.codes.begin() + static_cast<ptrdiff_t>(r * out.places));
  }
}

}  // namespace

void UserRows::fill(const UserInputs& inputs, const FeatureSchema& schema,
                    std::span<const Query> queries, std::span<const uint32_t> rows) {
  if (!inputs.codes.empty()) fill_codes(schema, queries, rows, *this);
  if (!inputs.numbers.empty()) {
    const size_t width = schema.num_numbers();
    numbers.resize(rows.size() * width);
    for (size_t r = 0; r < rows.size(); ++r) {
      schema.write_numbers(queries[rows[r]].user_features,
                           std::span(numbers).subspan(r * width, width));
    }
  }
  clock.clear();
  if (inputs.clock.empty()) return;
  for (const uint32_t row : rows) {
    const auto codes_of_now = clock_codes(queries[row].now);
    clock.insert(clock.end(), codes_of_now.begin(), codes_of_now.end());
  }
}

}  // namespace kaskad
