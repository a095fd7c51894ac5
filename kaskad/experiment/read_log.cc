#include "kaskad/experiment/read_log.h"

#include <algorithm>

#include "kaskad/core/day.h"

namespace kaskad::ab {
namespace {

constexpr uint64_t kReportEvery = 1 << 16;  // events
constexpr size_t kMostDays = 3660;          // more are no experiment, and each is kept

// The course of an experiment: one entry for each day with events, as it stands when the next
// begins.
class Days {
 public:
  Days(const Attribution& attribution, const Population& population, const std::string& metric,
       int64_t begin)
      : attribution_(attribution), population_(population), metric_(metric), begin_(begin) {}

  // Before an event of this time is added. Events that come late count for the day they come on.
  void before_event(int64_t time) {
    const int64_t day = day_of(time);
    if (started_ && day <= day_) return;
    if (started_) end_day();
    started_ = true;
    day_ = day;
  }

  void end_day() {
    if ((day_ + 1) * kMillisecondsADay <= begin_) return;  // before the experiment
    const std::vector<Metric> metrics = attribution_.metrics();
    const auto metric = std::ranges::find(metrics, metric_, &Metric::name);
    if (metric == metrics.end()) return;  // its action was not seen yet
    if (days_.size() == kMostDays) {
      throw Error("found events of more than " + std::to_string(kMostDays) +
                  " days, expected those of one experiment");
    }
    days_.push_back({day_, population_.moments(*metric)});
  }

  std::vector<DayMoments> take() { return std::move(days_); }

 private:
  const Attribution& attribution_;
  const Population& population_;
  std::string metric_;
  int64_t begin_;
  bool started_ = false;
  int64_t day_ = 0;
  std::vector<DayMoments> days_;
};

}  // namespace

ReadLog read_log(EventLog& log, const AttributionOptions& options, const std::string& metric,
                 const Progress& progress) {
  ReadLog read;
  Attribution attribution(read.population, options);
  Days days(attribution, read.population, metric, options.pre_period_end);
  for (const LoggedEvent* event = log.next(); event; event = log.next()) {
    if (log.lines() == 1) read.first_time = read.last_time = event->time;
    read.first_time = std::min(read.first_time, event->time);
    read.last_time = std::max(read.last_time, event->time);
    days.before_event(event->time);
    attribution.add(*event);
    if (log.lines() % kReportEvery == 0) {
      report(progress, {"reading events", log.bytes_read(), log.bytes_total(), ""});
    }
  }
  read.lines = log.lines();
  read.skipped = log.skipped();
  if (read.lines == 0) throw Error("found no event, expected exposures and actions, one a line");
  days.end_day();
  read.days = days.take();
  read.metrics = attribution.metrics();
  read.counts = attribution.counts();
  return read;
}

}  // namespace kaskad::ab
