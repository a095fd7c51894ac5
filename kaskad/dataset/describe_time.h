// The two time axes of a description: events per calendar period, gaps between events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/dataset/describe.h"

namespace kaskad {

// Events per UTC day when the log spans at most 120 days, else per month.
class PeriodCounter {
 public:
  PeriodCounter(int64_t first_time, int64_t last_time);  // milliseconds, both inclusive

  void add(int64_t time);
  std::string unit() const { return by_day_ ? "day" : "month"; }
  const std::vector<Description::Named>& rows() const { return rows_; }  // also the empty periods

 private:
  bool by_day_;
  int64_t first_day_ = 0;
  std::vector<uint32_t> slot_of_day_;  // (days of the log)
  std::vector<Description::Named> rows_;
};

// Milliseconds between consecutive events of a user, on a scale that people think in.
class GapCounter {
 public:
  GapCounter();
  void add(int64_t milliseconds);
  const std::vector<Description::Gap>& rows() const { return rows_; }

 private:
  std::vector<Description::Gap> rows_;
};

}  // namespace kaskad
