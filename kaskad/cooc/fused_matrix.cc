#include "kaskad/cooc/fused_matrix.h"

#include "kaskad/cooc/bag_events.h"
#include "kaskad/cooc/bag_rows.h"
#include "kaskad/cooc/bit_rows.h"
#include "kaskad/cooc/ordered_rows.h"
#include "kaskad/cooc/row_cutter.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {
// (longest history + 1): what a user's pairs count, by length.
std::vector<float> tabulate_users(const Sequences& sequences, const PairWeighting& weighting) {
  size_t longest = 0;
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    longest = std::max<size_t>(longest, sequences.user_begin[u + 1] - sequences.user_begin[u]);
  }
  std::vector<float> weights(longest + 1, 0.0f);
  for (size_t n = 1; n <= longest; ++n) {
    weights[n] = static_cast<float>(weighting.user_weight(n, sequences.num_items));
  }
  return weights;
}

// (items): occurrences weighted like the pairs.
std::vector<float> weigh_occurrences(const Sequences& sequences, const PairWeighting& weighting,
                                     const std::vector<uint32_t>& counts) {
  if (weighting.user == UserWeight::kOne) return {counts.begin(), counts.end()};
  std::vector<double> sums(sequences.num_items, 0.0);
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    const uint64_t begin = sequences.user_begin[u], end = sequences.user_begin[u + 1];
    if (begin == end) continue;
    const double weight = weighting.user_weight(end - begin, sequences.num_items);
    for (uint64_t e = begin; e < end; ++e) sums[sequences.item[e]] += weight;
  }
  return {sums.begin(), sums.end()};
}

}  // namespace

bool can_fuse(const PairWeighting& weighting, const Normalisation& normalisation) {
  return !weighting.needs_clock() && !weighting.event_weight && normalisation.top_k > 0;
}

ItemMatrix fused_matrix(const Sequences& sequences, const PairWeighting& weighting,
                        const Normalisation& normalisation, int threads) {
  KASKAD_ASSERT(can_fuse(weighting, normalisation));
  const std::vector<uint32_t> counts =
      count_occurrences(sequences.item, sequences.num_items, threads);
  const PopularityOrder order = PopularityOrder::of(counts);
  const std::vector<float> occurrences = weigh_occurrences(sequences, weighting, counts);
  RowCutter cutter(normalisation, order, occurrences, sequences.num_users(), threads);
  const bool plain = weighting.user == UserWeight::kOne;
  if (!weighting.is_bag()) {
    count_ordered_rows(sequences, order, weighting, cutter, threads);
  } else if (!plain || !bits_are_cheaper(sequences) ||
             !count_bit_rows(sequences, order, cutter, threads)) {
    const std::vector<float> user_weight =
        plain ? std::vector<float>() : tabulate_users(sequences, weighting);
    count_bag_rows(BagEvents::build(sequences, order, threads), user_weight, cutter, threads);
  }
  return cutter.finish();
}

}  // namespace kaskad
