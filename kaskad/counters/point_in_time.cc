#include "kaskad/counters/point_in_time.h"

#include <memory>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/counters/running_segment.h"

namespace kaskad {
namespace {

constexpr size_t kBatch = 1 << 15;  // candidates, after which a batch ends

// A batch of lists, which ends where time goes on, is read and counted by all segments at once.
class Replay {
 public:
  Replay(const ListOrder& lists, const Dataset& dataset, const CounterSpec& spec)
      : lists_(lists),
        spec_(spec),
        layout_(spec, lists.heads()),
        fields_(find_counter_fields(spec, dataset, lists.queries())) {
    for (const CounterSegment& segment : fields_.segments) {
      segments_.push_back(
          std::make_unique<RunningSegment>(lists_, spec_, layout_, fields_, segment));
    }
    stride_ = segments_.size() * layout_.num_features();
  }

  // Lists [begin, end) of the batch that begins there.
  size_t end_of_batch(size_t begin) const {
    size_t end = begin, candidates = 0;
    while (end < lists_.size() &&
           (candidates < kBatch || lists_.time(end) == lists_.time(end - 1))) {
      candidates += lists_.list(end++).size();
    }
    return end;
  }

  void process(size_t begin, size_t end, int threads) {
    first_.assign(1, 0);
    for (size_t l = begin; l < end; ++l) first_.push_back(first_.back() + lists_.list(l).size());
    values_.resize(first_.back() * stride_);
    parallel_for(segments_.size(), threads, [&](size_t s, int) { process(begin, end, s); });
  }

  std::span<const float> values(size_t number_in_batch) const {
    const size_t count = first_[number_in_batch + 1] - first_[number_in_batch];
    return std::span(values_).subspan(first_[number_in_batch] * stride_, count * stride_);
  }

 private:
  void process(size_t begin, size_t end, size_t s) {
    RunningSegment& segment = *segments_[s];
    for (size_t from = begin, to = begin; from < end; from = to) {
      while (to < end && lists_.time(to) == lists_.time(from)) ++to;
      segment.advance(lists_.time(from));
      for (size_t l = from; l < to; ++l) {
        segment.read(l, values_.data() + first_[l - begin] * stride_ + s * layout_.num_features(),
                     stride_);
      }
      for (size_t l = from; l < to; ++l) segment.add(l);
    }
  }

  const ListOrder& lists_;
  const CounterSpec& spec_;
  const CounterLayout layout_;
  const CounterFields fields_;
  std::vector<std::unique_ptr<RunningSegment>> segments_;
  size_t stride_ = 0;
  std::vector<size_t> first_;  // (lists of the batch + 1) first candidate
  std::vector<float> values_;  // (candidates, features)
};

}  // namespace

std::vector<std::string> counter_feature_names(const CounterSpec& spec,
                                               const std::vector<std::string>& heads) {
  const CounterLayout layout(spec, heads);
  std::vector<std::string> names;
  for (const auto& fields : spec.segments) {
    for (std::string& name : layout.feature_names(segment_name(fields))) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

void check_horizons(const CounterSpec& spec, const ListOrder& lists, const Dataset& dataset) {
  spec.check();
  constexpr size_t kMostHeads = 31;  // with impressions, a bit each
  if (lists.heads().size() > kMostHeads) {
    throw data_error(lists.parts().front()->directory(), 0, "heads",
                     std::to_string(lists.heads().size()), "at most 31 to count");
  }
  if (lists.time_kind() == TimeKind::kClock && dataset.time_kind() == TimeKind::kClock) return;
  if (spec.longest_window() == 0 && spec.decay_days.empty()) return;
  throw data_error(lists.parts().front()->directory(), 0, "time", "lists without a clock",
                   "one for windows and decays of days; count all time (windows_days = [0])");
}

void replay_counters(const ListOrder& lists, const Dataset& dataset, const CounterSpec& spec,
                     int threads, const std::function<void(const ListFeatures&)>& take,
                     const Progress& progress) {
  check_horizons(spec, lists, dataset);
  Replay replay(lists, dataset, spec);
  for (size_t begin = 0, end = 0; begin < lists.size(); begin = end) {
    end = replay.end_of_batch(begin);
    replay.process(begin, end, threads > 0 ? threads : default_threads());
    for (size_t l = begin; l < end; ++l) {
      take({lists.place(l).part, lists.place(l).list, replay.values(l - begin)});
    }
    report(progress, {"replaying lists", end, lists.size(), ""});
  }
}

}  // namespace kaskad
