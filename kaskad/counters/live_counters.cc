#include "kaskad/counters/live_counters.h"

#include <algorithm>
#include <mutex>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

constexpr size_t kRemembered = size_t{1} << 20;  // hashes of pages and actions
constexpr size_t kAhead = 16;                    // candidates whose memory is asked for beforehand

// An action of a page counts once, whenever it is told; without a page those of one moment are one.
uint64_t hash_of(const LivePage& page, std::string_view action) {
  std::string key(page.user_id);
  for (const std::string_view part : {page.request_id, action}) (key += '\n') += part;
  if (page.request_id.empty()) (key += '\n') += std::to_string(page.time);
  if (action.empty()) return hash64(key);
  for (const std::string_view item : page.items) (key += '\n') += item;
  return hash64(key);
}

std::vector<size_t> numbers_of(std::span<const std::string_view> names, const IdMap& items) {
  std::vector<size_t> numbers;
  for (const std::string_view name : names) numbers.push_back(items.find(name).value_or(kNoKey));
  return numbers;
}

}  // namespace

LiveCounters::LiveCounters(std::shared_ptr<const CounterStore> store, size_t most_pairs)
    : store_(std::move(store)),
      most_pairs_(most_pairs),
      num_events_(store_->layout().num_events()),
      names_(store_->fields().fields.size()) {
  KASKAD_ASSERT(store_->has_own_items());
  clear();
}

void LiveCounters::clear() {
  const std::unique_lock lock(mutex_);
  segments_.clear();
  for (const CounterSegment& segment : store_->fields().segments) {
    segments_.emplace_back(segment.left.size());
  }
  for (size_t f = 0; f < names_.size(); ++f) {
    const size_t known = store_->field_names(f).size();
    names_[f].first = static_cast<uint32_t>(known > 0 ? known : store_->queries().size());
    names_[f].codes.clear();
  }
  seen_.clear();
  pairs_ = 0;
  dropped_ = 0;
  empty_ = true;
}

bool LiveCounters::first_time(uint64_t hash) {
  if (seen_.empty()) seen_.resize(kRemembered, 0);
  uint64_t& place = seen_[hash % kRemembered];
  if (place == hash) return false;
  place = hash;
  return true;
}

void LiveCounters::shown(const LivePage& page) {
  if (page.time >= counted_until()) count(page, 0, hash_of(page, ""));
}

void LiveCounters::acted(const LivePage& page, std::string_view action) {
  const auto& heads = store_->heads();
  const auto head = std::find(heads.begin(), heads.end(), action);
  if (page.time < counted_until() || head == heads.end()) return;
  count(page, static_cast<size_t>(head - heads.begin()) + 1, hash_of(page, action));
}

void LiveCounters::count(const LivePage& page, size_t event, uint64_t hash) {
  CounterRequest request;
  request.query = page.query;
  if (const auto user = store_->users().find(page.user_id)) request.user = UserId{*user};
  const auto items = numbers_of(page.items, store_->items());
  const std::unique_lock lock(mutex_);  // requests wait for it
  if (!first_time(hash)) return;
  const auto codes = store_->codes_of(
      request, [this](size_t field, std::string_view name) { return add_name(field, name); });
  for (size_t s = 0; s < segments_.size(); ++s) {
    each_left_key(store_->left_values(s, codes), [&](std::span<const uint32_t> left) {
      count_row(segments_[s], left, store_->right_field(s), items, event);
    });
  }
  empty_ = false;
}

void LiveCounters::count_row(Segment& segment, std::span<const uint32_t> left,
                             const CounterField& right, std::span<const size_t> items,
                             size_t event) {
  const uint32_t row = segment.rows.add(left);
  segment.totals.resize(segment.rows.size() * num_events_, 0);
  segment.of_row.resize(segment.rows.size());
  segment.totals[row * num_events_ + event] += static_cast<uint32_t>(items.size());
  for (const size_t item : items) {
    for (const uint32_t code : right.of(item)) count_pair(segment, row, code, event);
  }
}

void LiveCounters::count_pair(Segment& segment, uint32_t row, uint32_t code, size_t event) {
  uint32_t pair = segment.pairs.find(row, code);
  if (pair == kNoKey) {
    if (pairs_ >= most_pairs_) {
      ++dropped_;
      return;
    }
    ++pairs_;
    pair = segment.pairs.add(row, code);
    segment.codes.push_back(code);
    segment.counts.resize(segment.pairs.size() * num_events_, 0);
    segment.of_row[row].push_back(pair);
  }
  ++segment.counts[pair * num_events_ + event];
}

std::optional<uint32_t> LiveCounters::add_name(size_t field, std::string_view name) {
  Names& names = names_[field];
  const auto next = static_cast<uint32_t>(names.first + names.codes.size());
  if (names.codes.size() < most_pairs_)
    return names.codes.try_emplace(std::string(name), next).first->second;
  const auto found = names.codes.find(std::string(name));
  if (found != names.codes.end()) return found->second;
  ++dropped_;
  return std::nullopt;
}

CounterStore::Codes LiveCounters::codes_of(const CounterRequest& request) const {
  if (empty_) return store_->codes_of(request);
  const std::shared_lock lock(mutex_);
  return store_->codes_of(request,
                          [this](size_t field, std::string_view name) -> std::optional<uint32_t> {
                            const auto found = names_[field].codes.find(std::string(name));
                            if (found == names_[field].codes.end()) return std::nullopt;
                            return found->second;
                          });
}

CounterStore::LeftRows LiveCounters::left_rows(size_t s, const CounterStore::Codes& codes,
                                               std::span<const ItemId> candidates) const {
  CounterStore::LeftRows left = store_->left_rows(s, codes);
  if (empty_) return left;
  const std::shared_lock lock(mutex_);
  const Segment& segment = segments_[s];
  std::vector<uint32_t> rows;
  each_left_key(store_->left_values(s, codes), [&](std::span<const uint32_t> key) {
    const uint32_t row = segment.rows.find(key);
    if (row == kNoKey) return;
    rows.push_back(row);
    add_to(&segment.totals[row * num_events_], left.total.data());
  });
  left.changed = !rows.empty();
  if (left.changed) left.since = counts_of(segment, pairs_of(s, rows, candidates));
  return left;
}

// Counts of events to every horizon.
template <typename Value>
void LiveCounters::add_to(const uint32_t* events, Value* values) const {
  const CounterLayout& layout = store_->layout();
  for (size_t e = 0; e < num_events_; ++e) {
    for (size_t h = 0; h < layout.num_horizons(); ++h) {
      values[layout.at(e, h)] += static_cast<Value>(events[e]);
    }
  }
}

// All pairs of the rows or, where they are more than the candidates, those of the candidates, as
// right key << 32 | pair. One may be there twice.
std::vector<uint64_t> LiveCounters::pairs_of(size_t s, std::span<const uint32_t> rows,
                                             std::span<const ItemId> candidates) const {
  const Segment& segment = segments_[s];
  const CounterField& right = store_->right_field(s);
  std::vector<uint64_t> pairs;
  const auto take = [&](uint32_t code, uint32_t pair) {
    pairs.push_back(uint64_t{code} << 32 | pair);
    __builtin_prefetch(&segment.counts[pair * num_events_]);
  };
  for (const uint32_t row : rows) {
    const std::vector<uint32_t>& of_row = segment.of_row[row];
    if (of_row.size() <= candidates.size()) {
      for (const uint32_t pair : of_row) take(segment.codes[pair], pair);
      continue;
    }
    for (size_t c = 0; c < candidates.size(); ++c) {
      if (c + kAhead < candidates.size()) {
        const auto later = right.of(index(candidates[c + kAhead]));
        for (const uint32_t code : later) segment.pairs.prefetch(row, code);
      }
      for (const uint32_t code : right.of(index(candidates[c]))) {
        const uint32_t pair = segment.pairs.find(row, code);
        if (pair != kNoKey) take(code, pair);
      }
    }
  }
  return pairs;
}

// By right key, each pair once.
LivePairCounts LiveCounters::counts_of(const Segment& segment, std::vector<uint64_t> pairs) const {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  LivePairCounts counts;
  counts.values = store_->layout().num_values();
  counts.codes.reserve(pairs.size());
  counts.counts.reserve(pairs.size() * counts.values);
  for (const uint64_t one : pairs) {
    const auto code = static_cast<uint32_t>(one >> 32), pair = static_cast<uint32_t>(one);
    if (counts.codes.empty() || counts.codes.back() != code) {
      counts.codes.push_back(code);
      counts.counts.resize(counts.codes.size() * counts.values, 0.0F);
    }
    add_to(&segment.counts[pair * num_events_],
           counts.counts.data() + counts.counts.size() - counts.values);
  }
  return counts;
}

void LiveCounters::answer(const CounterRequest& request, std::span<float> out) const {
  KASKAD_ASSERT(out.size() == request.candidates.size() * store_->num_features());
  const CounterStore::Codes codes = codes_of(request);
  const size_t width = store_->layout().num_features();
  for (size_t s = 0; s < segments_.size() && !out.empty(); ++s) {
    store_->answer_segment(s, left_rows(s, codes, request.candidates), request.candidates,
                           out.subspan(s * width), store_->num_features());
  }
}

}  // namespace kaskad
