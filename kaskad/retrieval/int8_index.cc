#include "kaskad/retrieval/int8_index.h"

#include <limits>

#include "kaskad/kernels/bound_scan.h"
#include "kaskad/kernels/int8_scan.h"

namespace kaskad {
namespace {

// Candidates that are scored again for a list of k. Rounding moves an item by a few places, at the
// end of the list as in its middle, so short lists need relatively more.
size_t candidates_for(size_t k) { return k == 0 ? 0 : k + k / 2 + 16; }

constexpr size_t kLeadingPlaces[] = {8, 16};
constexpr size_t kLeadingWorthwhile = 10'000;  // items
constexpr double kLeadingShare = 0.9;          // of queries that must be proven

}  // namespace

struct Int8Index::Batch {
  std::span<const float> vectors;              // (queries, dimension)
  std::span<const ItemFilter* const> filters;  // (queries) or none
  size_t k, queries;
  std::span<ScoredItem> out;  // (queries, k)

  Batch part(size_t first, size_t count) const {
    const size_t dimension = vectors.size() / queries;
    return {vectors.subspan(first * dimension, count * dimension),
            filters.empty() ? filters : filters.subspan(first, count), k, count,
            out.subspan(first * k, count * k)};
  }
};

Int8Index::Int8Index(std::span<const float> items, size_t dimension)
    : items_(items),
      num_items_(items.size() / dimension),
      dimension_(dimension),
      codes_(packed_floats(num_items_, code_bytes(dimension))),
      scales_(packed_floats(num_items_, 1)) {
  pack_codes(items.data(), num_items_, dimension, codes_.data(), scales_.data());
}

void Int8Index::lead_with(size_t places) {
  leading_.reset();
  if (places > 0) leading_.emplace(items_, dimension_, places);
}

size_t Int8Index::bytes() const {
  return codes_.bytes() + scales_.bytes() + (leading_ ? leading_->bytes() : 0);
}

// The k-th best of the likeliest says which of the others can be among the best at all.
bool Int8Index::score_bounded(const float* query, const LeadingBounds::Scale& scale, size_t k,
                              Candidates& found, TopK& best) const {
  best.reset(k);
  const auto likely = found.best_first(k + k / 8 + 8);
  rescore(items_, dimension_, query, likely, best);
  const auto& list = best.finish();
  const bool full = k > 0 && list.size() == k;
  const double least = full ? double{list.back().score} : -std::numeric_limits<double>::infinity();
  std::vector<Candidate> others;
  for (const Candidate& one : std::span(found.list()).subspan(likely.size())) {
    if (scale.bound(one.score) >= least) others.push_back(one);
  }
  rescore(items_, dimension_, query, others, best);
  const auto& all = best.finish();
  // An item that is left out has a product below the k-th, so it is none of the best.
  return found.complete() ||
         (k > 0 && all.size() == k && scale.bound(found.threshold()) < double{all.back().score});
}

std::vector<size_t> Int8Index::answer_by_bounds(const Batch& batch) const {
  const size_t places = leading_->places();
  std::vector<int16_t> codes(batch.queries * places);
  std::vector<LeadingBounds::Scale> scales;
  for (size_t q = 0; q < batch.queries; ++q) {
    scales.push_back(leading_->ask(batch.vectors.subspan(q * dimension_, dimension_),
                                   codes.data() + q * places));
  }
  std::vector<Candidates> found(batch.queries);
  find_candidates(num_items_, leading_->block(0), leading_->block_bytes(), batch.filters,
                  candidates_for(batch.k), std::span(found),
                  [&](size_t block, size_t first, size_t queries, const float* thresholds,
                      BlockScores& scores) {
                    scan_bounds(leading_->block(block), places, codes.data() + first * places,
                                queries, thresholds, scores);
                  });
  std::vector<size_t> open;
  TopK best;
  for (size_t q = 0; q < batch.queries; ++q) {
    const float* query = batch.vectors.data() + q * dimension_;
    if (scales[q].unit > 0 && score_bounded(query, scales[q], batch.k, found[q], best)) {
      write_row(best, batch.out.subspan(q * batch.k, batch.k));
    } else {
      open.push_back(q);
    }
  }
  return open;
}

void Int8Index::answer_by_codes(const Batch& batch) const {
  const size_t bytes = code_bytes(dimension_);
  std::vector<int8_t> codes(batch.queries * bytes);
  for (size_t q = 0; q < batch.queries; ++q) {
    quantise(batch.vectors.subspan(q * dimension_, dimension_), codes.data() + q * bytes);
  }
  std::vector<Candidates> found(batch.queries);
  find_candidates(num_items_, codes_.data(), kScanBlock * bytes, batch.filters,
                  candidates_for(batch.k), std::span(found),
                  [&](size_t block, size_t first, size_t queries, const float* thresholds,
                      BlockScores& scores) {
                    scan_codes(codes_.data() + block * kScanBlock * bytes,
                               scales_.data() + block * kScanBlock, dimension_,
                               codes.data() + first * bytes, queries, thresholds, scores);
                  });
  TopK best;
  for (size_t q = 0; q < batch.queries; ++q) {
    best.reset(batch.k);
    rescore(items_, dimension_, batch.vectors.data() + q * dimension_, found[q].list(), best);
    write_row(best, batch.out.subspan(q * batch.k, batch.k));
  }
}

void Int8Index::search(std::span<const float> vectors, std::span<const ItemFilter* const> filters,
                       size_t k, std::span<ScoredItem> out) const {
  const Batch all{vectors, filters, k, vectors.size() / dimension_, out};
  for (size_t first = 0; first < all.queries; first += kScanBatch) {
    const Batch batch = all.part(first, std::min(kScanBatch, all.queries - first));
    if (!leading_) {
      answer_by_codes(batch);
      continue;
    }
    for (const size_t query : answer_by_bounds(batch)) answer_by_codes(batch.part(query, 1));
  }
}

double Int8Index::proven(std::span<const float> queries, size_t k) const {
  const size_t count = queries.size() / dimension_;
  if (count == 0 || !leading_) return 0;
  std::vector<ScoredItem> out(count * k);
  const size_t open = answer_by_bounds({queries, {}, k, count, out}).size();
  return 1 - static_cast<double>(open) / static_cast<double>(count);
}

void choose_leading(Int8Index& index, size_t num_items, size_t dimension,
                    std::span<const float> queries, size_t k) {
  if (num_items < kLeadingWorthwhile || queries.empty()) return;
  for (const size_t places : kLeadingPlaces) {
    if (4 * places > dimension) break;  // two bytes a place, against one a coordinate
    index.lead_with(places);
    if (index.proven(queries, k) >= kLeadingShare) return;
  }
  index.lead_with(0);
}

}  // namespace kaskad
