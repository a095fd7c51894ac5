#include "kaskad/train/batcher.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/dataset/clock_codes.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/masking.h"
#include "kaskad/train/random.h"
#include "kaskad/train/user_batch.h"

namespace kaskad::train {
namespace {

// What a random sequence is for; keeps those of the order and of the masks apart.
enum Purpose : uint64_t { kOrder = 1, kMasks = 2, kLastMasked = 3 };

// Sequences are sorted by length within this many batches.
constexpr size_t kBucketBatches = 32;

int64_t token(ItemId item) { return static_cast<int64_t>(index(item)) + 1; }

}  // namespace

Batcher::Batcher(const Dataset& dataset, std::span<const uint32_t> fit_end, const Recipe& recipe)
    : dataset_(dataset),
      recipe_(recipe),
      causal_(!recipe.masked()),
      special_(special_token(static_cast<int64_t>(dataset.num_items()))),
      users_(user_schema(dataset, recipe)) {
  KASKAD_ASSERT(fit_end.size() == dataset.num_users());
  if ((recipe.time_features || recipe.clock_features) && dataset.time_kind() != TimeKind::kClock) {
    throw Error(std::string("recipe, key '") +
                (recipe.time_features ? "time_features" : "clock_features") +
                "': found true, expected false: the dataset '" + dataset.directory() +
                "' knows the order of its events and not their time");
  }
  cut_sequences(fit_end);
  if (sequences_.empty()) {
    throw Error("nothing to learn: no user of '" + dataset.directory() +
                "' has an event before the split");
  }
}

void Batcher::cut_sequences(std::span<const uint32_t> fit_end) {
  const auto most = static_cast<uint32_t>(std::min<int64_t>(recipe_.max_history, UINT32_MAX));
  for (size_t user = 0; user < fit_end.size(); ++user) {
    uint32_t end = fit_end[user];
    for (int64_t window = 0; end > 0 && (recipe_.windows == 0 || window < recipe_.windows);
         ++window) {
      const uint32_t begin = end > most ? end - most : 0;
      sequences_.push_back({UserId{static_cast<uint32_t>(user)}, begin, end});
      end = begin;
    }
  }
}

EpochPlan Batcher::plan(int64_t epoch) const {
  EpochPlan plan;
  plan.epoch = epoch;
  const auto number = static_cast<uint64_t>(epoch);
  for (size_t i = 0; i < sequences_.size(); ++i) {
    plan.rows.push_back({static_cast<uint32_t>(i), false});
  }
  if (!causal_) {
    Random random{recipe_.seed, kLastMasked, number};
    for (size_t i = 0; i < sequences_.size(); ++i) {
      if (random.uniform() < recipe_.last_masked_share) {
        plan.rows.push_back({static_cast<uint32_t>(i), true});
      }
    }
  }
  Random random{recipe_.seed, kOrder, number};
  random.shuffle(plan.rows);
  if (recipe_.length_buckets) order_by_length(plan);
  const auto batch = static_cast<size_t>(recipe_.batch);
  for (size_t first = 0; first < plan.rows.size(); first += batch) {
    plan.batches.emplace_back(first, std::min(first + batch, plan.rows.size()));
  }
  if (recipe_.length_buckets) random.shuffle(plan.batches);
  return plan;
}

void Batcher::order_by_length(EpochPlan& plan) const {
  const size_t bucket = static_cast<size_t>(recipe_.batch) * kBucketBatches;
  for (size_t first = 0; first < plan.rows.size(); first += bucket) {
    const size_t last = std::min(first + bucket, plan.rows.size());
    std::stable_sort(plan.rows.begin() + static_cast<std::ptrdiff_t>(first),
                     plan.rows.begin() + static_cast<std::ptrdiff_t>(last),
                     [this](const EpochPlan::Row& a, const EpochPlan::Row& b) {
                       return length(sequences_[a.sequence]) < length(sequences_[b.sequence]);
                     });
  }
}

SequenceBatch Batcher::make(const EpochPlan& plan, size_t batch, const Shard& shard) const {
  const auto [first, last] = plan.batches[batch];
  std::vector<size_t> places;
  for (size_t at = first + static_cast<size_t>(shard.rank); at < last;
       at += static_cast<size_t>(shard.size)) {
    places.push_back(at);
  }
  size_t width = 1;
  for (const size_t at : places) {
    width = std::max(width, length(sequences_[plan.rows[at].sequence]));
  }
  const std::vector<int64_t> shape = {static_cast<int64_t>(places.size()),
                                      static_cast<int64_t>(width)};
  SequenceBatch out;
  out.tokens = torch::full(shape, kPadding, torch::kInt64);
  out.targets = torch::full(shape, kNoTarget, torch::kInt64);
  if (recipe_.time_features) out.gaps = torch::zeros(shape, torch::kInt64);
  if (recipe_.clock_features) out.clock = clock_of(plan, places, width);
  std::vector<Query> users(places.size());
  for (size_t row = 0; row < places.size(); ++row) {
    const UserId user = sequences_[plan.rows[places[row]].sequence].user;
    users[row].user_features = dataset_.features(user);
  }
  write_users(users, users_, out);
  std::vector<size_t> masked;
  for (size_t row = 0; row < places.size(); ++row) {
    const EpochPlan::Row& planned = plan.rows[places[row]];
    const Sequence& sequence = sequences_[planned.sequence];
    const size_t n = length(sequence), start = row * width + width - n;
    const auto part = [&](torch::Tensor& tensor) {
      return tensor.defined() ? std::span(tensor.data_ptr<int64_t>() + start, n)
                              : std::span<int64_t>();
    };
    if (causal_) {
      write_causal(sequence, part(out.tokens), part(out.targets), part(out.gaps));
      continue;
    }
    if (planned.last_masked) {
      masked.assign(1, n - 1);
    } else {
      choose_masked(n, recipe_.mask_share,
                    Random{recipe_.seed, kMasks, static_cast<uint64_t>(plan.epoch), places[row]},
                    masked);
    }
    write_masked(sequence, masked, part(out.tokens), part(out.targets), part(out.gaps));
  }
  return out;
}

torch::Tensor Batcher::clock_of(const EpochPlan& plan, std::span<const size_t> places,
                                size_t width) const {
  torch::Tensor clock =
      torch::zeros({static_cast<int64_t>(places.size()), static_cast<int64_t>(width),
                    static_cast<int64_t>(kClockPlaces)},
                   torch::kInt64);
  for (size_t row = 0; row < places.size(); ++row) {
    const Sequence& sequence = sequences_[plan.rows[places[row]].sequence];
    const History history = dataset_.history(sequence.user);
    int64_t* to = clock.data_ptr<int64_t>() + ((row + 1) * width - length(sequence)) * kClockPlaces;
    for (size_t event = sequence.begin; event < sequence.end; ++event) {
      to = std::ranges::copy(clock_codes(history.times[event]), to).out;
    }
  }
  return clock;
}

void Batcher::write_causal(const Sequence& sequence, std::span<int64_t> tokens,
                           std::span<int64_t> targets, std::span<int64_t> gaps) const {
  const History history = dataset_.history(sequence.user);
  const size_t n = tokens.size(), begin = sequence.begin;
  for (size_t i = 0; i < n; ++i) {
    targets[i] = static_cast<int64_t>(index(history.items[begin + i]));
    const size_t event = begin + i;  // the one told; its predecessor is seen
    tokens[i] = event == 0 ? special_ : token(history.items[event - 1]);
  }
  if (gaps.empty()) return;
  const size_t special = begin == 0 ? 1 : 0;
  if (n > special) {
    gap_buckets(history.times.subspan(begin + special - 1, n - special), gaps.subspan(special));
  }
}

void Batcher::write_masked(const Sequence& sequence, std::span<const size_t> masked,
                           std::span<int64_t> tokens, std::span<int64_t> targets,
                           std::span<int64_t> gaps) const {
  const History history = dataset_.history(sequence.user);
  const size_t n = tokens.size(), begin = sequence.begin;
  for (size_t i = 0; i < n; ++i) tokens[i] = token(history.items[begin + i]);
  for (const size_t place : masked) {
    tokens[place] = special_;
    targets[place] = static_cast<int64_t>(index(history.items[begin + place]));
  }
  if (!gaps.empty()) gap_buckets(history.times.subspan(begin, n), gaps);
}

std::vector<uint64_t> Batcher::target_counts() const {
  std::vector<uint64_t> counts(dataset_.num_items(), 0);
  for (const Sequence& sequence : sequences_) {
    const History history = dataset_.history(sequence.user);
    for (size_t event = sequence.begin; event < sequence.end; ++event) {
      ++counts[index(history.items[event])];
    }
  }
  return counts;
}

}  // namespace kaskad::train
