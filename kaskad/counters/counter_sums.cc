#include "kaskad/counters/counter_sums.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// A row with more cells than so many times the candidates is asked for each candidate.
constexpr size_t kLongRow = 4;

bool at_most_one_code(const CounterField& field, size_t items) {
  for (size_t item = 0; item < items; ++item) {
    if (field.of(item).size() > 1) return false;
  }
  return true;
}

}  // namespace

// One request on its way through the segments.
struct CounterSums::Call {
  const CounterRequest& request;
  const float factor;
  Scratch& scratch;

  void add(uint32_t item, double value) const {
    const uint32_t place = item + 1;
    uint64_t& marks = scratch.marked[place / 64];
    const uint64_t mark = uint64_t{1} << (place % 64);
    if ((marks & mark) == 0) scratch.touched.push_back(place);
    marks |= mark;
    scratch.offsets[place] += static_cast<float>(factor * value);
  }
  float* extra() const {
    scratch.extra.resize(request.candidates.size(), 0.0F);
    return scratch.extra.data();
  }
};

CounterSums::CounterSums(std::shared_ptr<const LiveCounters> counters, Weigh weigh)
    : counters_(std::move(counters)),
      store_(counters_->store()),
      weigh_(std::move(weigh)),
      items_(store_.items().size()) {
  for (size_t s = 0; s < store_.num_segments(); ++s) prepare_segment(s);
}

void CounterSums::prepare_segment(size_t s) {
  const CounterField& right = store_.right_field(s);
  one_code_.push_back(right.is_identity() || at_most_one_code(right, items_));
  added_.emplace_back();
  if (store_.is_sketched() || !one_code_[s]) return;  // there a cell alone says nothing
  const SegmentTable& table = store_.table(s);
  std::vector<float> features(store_.layout().num_features());
  CounterLayout::Writer writer(store_.layout());
  for (size_t row = 0; row < table.num_rows(); ++row) {
    const double nothing = base(s, table.total(row));
    writer.begin(table.total(row));
    const uint64_t first = table.first_cell(row);
    for (uint64_t cell = first; cell < first + table.keys_of(row).size(); ++cell) {
      writer.write(table.cell(cell), features.data());
      added_[s].push_back(static_cast<float>(weigh_(s, features.data()) - nothing));
    }
  }
  KASKAD_ASSERT(added_[s].size() == table.num_cells());
}

// The number of a pair that has no events.
double CounterSums::base(size_t s, std::span<const double> total) const {
  const std::vector<float> nothing(store_.layout().num_values(), 0.0F);
  std::vector<float> features(store_.layout().num_features());
  CounterLayout::Writer writer(store_.layout());
  writer.begin(total);
  writer.write(nothing.data(), features.data());
  return weigh_(s, features.data());
}

size_t CounterSums::cells_of(size_t s, std::span<const uint32_t> rows) const {
  size_t cells = 0;
  for (const uint32_t row : rows) cells += store_.table(s).keys_of(row).size();
  return cells;
}

float CounterSums::begin(const CounterRequest& request, float factor, Scratch& scratch) const {
  clear(scratch);  // where a request ended in an exception
  scratch.offsets.resize(items_ + 1, 0.0F);
  scratch.marked.resize(items_ / 64 + 1, 0);
  scratch.extra.clear();
  const CounterStore::Codes codes = counters_->codes_of(request);
  const Call call{request, factor, scratch};
  double everybody = 0;
  for (size_t s = 0; s < store_.num_segments(); ++s) {
    const CounterStore::LeftRows left = counters_->left_rows(s, codes, request.candidates);
    const double nothing = base(s, left.total);
    everybody += nothing;
    if (left.rows.empty() && left.since.codes.empty()) continue;
    const size_t cells = cells_of(s, left.rows) + left.since.codes.size();
    const bool by_item = !store_.is_sketched() && store_.right_field(s).is_identity() &&
                         cells <= kLongRow * request.candidates.size();
    // What lies ready is of the store's own totals.
    const bool ready = left.rows.size() == 1 && !left.changed;
    if (by_item && ready) {
      spread_row(s, left.rows.front(), call);
    } else if (by_item) {
      spread_rows(s, left, nothing, call);
    } else if (ready && !added_[s].empty()) {
      look_up(s, left.rows.front(), call);
    } else {
      weigh_all(s, left, nothing, call);
    }
  }
  return static_cast<float>(factor * everybody);
}

void CounterSums::spread_row(size_t s, uint32_t row, const Call& call) const {
  const SegmentTable& table = store_.table(s);
  const auto keys = table.keys_of(row);
  const float* added = added_[s].data() + table.first_cell(row);
  for (size_t k = 0; k < keys.size(); ++k) call.add(SegmentTable::code_of(keys[k]), added[k]);
}

void CounterSums::add_counts(uint32_t item, const float* counts, Scratch& scratch) const {
  const size_t values = store_.layout().num_values();
  if (scratch.slots[item] == 0) {
    scratch.items.push_back(item);
    scratch.slots[item] = static_cast<uint32_t>(scratch.items.size());
    scratch.counts.resize(scratch.items.size() * values, 0.0F);
  }
  float* to = scratch.counts.data() + (scratch.slots[item] - 1) * values;
  for (size_t v = 0; v < values; ++v) to[v] += counts[v];
}

// Counts of several left keys, and what came since, are added up before they are weighed.
void CounterSums::spread_rows(size_t s, const CounterStore::LeftRows& left, double nothing,
                              const Call& call) const {
  const SegmentTable& table = store_.table(s);
  const size_t values = store_.layout().num_values();
  Scratch& scratch = call.scratch;
  scratch.slots.resize(items_, 0);
  scratch.items.clear();
  scratch.counts.clear();
  for (const uint32_t row : left.rows) {
    const auto keys = table.keys_of(row);
    for (size_t k = 0; k < keys.size(); ++k) {
      add_counts(SegmentTable::code_of(keys[k]), table.cell(table.first_cell(row) + k), scratch);
    }
  }
  for (size_t k = 0; k < left.since.codes.size(); ++k) {
    add_counts(left.since.codes[k], left.since.counts.data() + k * values, scratch);
  }
  CounterLayout::Writer writer(store_.layout());
  writer.begin(left.total);
  scratch.features.resize(store_.layout().num_features());
  for (size_t i = 0; i < scratch.items.size(); ++i) {
    writer.write(scratch.counts.data() + i * values, scratch.features.data());
    call.add(scratch.items[i], weigh_(s, scratch.features.data()) - nothing);
    scratch.slots[scratch.items[i]] = 0;
  }
}

void CounterSums::look_up(size_t s, uint32_t number, const Call& call) const {
  const SegmentTable::Row row = store_.table(s).row(number);
  const CounterField& right = store_.right_field(s);
  float* extra = call.extra();
  for (size_t c = 0; c < call.request.candidates.size(); ++c) {
    for (const uint32_t code : right.of(index(call.request.candidates[c]))) {
      const uint64_t cell = row.find(code);
      if (cell != SegmentTable::kNoCell) extra[c] += call.factor * added_[s][cell];
    }
  }
}

void CounterSums::weigh_all(size_t s, const CounterStore::LeftRows& left, double nothing,
                            const Call& call) const {
  const size_t stride = store_.layout().num_features();
  std::vector<float>& features = call.scratch.features;
  features.resize(call.request.candidates.size() * stride);
  store_.answer_segment(s, left, call.request.candidates, features, stride);
  float* extra = call.extra();
  for (size_t c = 0; c < call.request.candidates.size(); ++c) {
    extra[c] += call.factor * static_cast<float>(weigh_(s, features.data() + c * stride) - nothing);
  }
}

void CounterSums::clear(Scratch& scratch) const {
  for (const uint32_t place : scratch.touched) {
    scratch.offsets[place] = 0;
    scratch.marked[place / 64] = 0;
  }
  scratch.touched.clear();
}

}  // namespace kaskad
