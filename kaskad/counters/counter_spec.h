// What is counted in a log of impressions: for which pairs of keys, over which time, and how counts
// become numbers that a model can use. Written into every store, so that training and serving
// compute the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kaskad {

struct CounterSpec {
  // Each a combination of fields, of which exactly one is of items: C(q, p) counts impressions
  // whose left key q (all other fields) and right key p (the item or a category of it) are these.
  //   query, query_token, user, item, and categories of users and items by their column
  //   ("country"; "user_country" and "item_country" where both have one)
  // A field with several values (tokens, a list of categories) counts for each, and is answered by
  // the sum over them. {"item"} alone counts items.
  std::vector<std::vector<std::string>> segments = {{"query", "item"}};
  // A window of W days at a moment `now` holds the events in [now - W days, now); 0 is all time.
  std::vector<uint32_t> windows_days = {7, 30, 0};
  // Time constants tau: an event of age t counts exp(-t / tau).
  std::vector<double> decay_days = {};
  // (C + prior_events) / (N + prior_total)
  double prior_events = 0.3;
  double prior_total = 10;
  bool shares = true;  // C(q, p) / C(q) of impressions and of each action
  bool rates = true;   // actions C(q, p) / impressions C(q, p)
  // Right keys kept for each left key, those with most actions, then impressions, in the longest
  // window; 0: all.
  uint32_t top = 0;
  // Where there are more pairs than memory: C(q, p) is estimated by a count-min sketch
  // (count_min.h), too high by at most epsilon * N with probability 1 - delta. 0: exact.
  double sketch_epsilon = 0;
  double sketch_delta = 0.01;

  // From the object that to_json() gives, any member of which may be missing. Throws Error naming
  // what is unknown or out of range.
  static CounterSpec from_json(const std::string& text);
  std::string to_json() const;
  void check() const;  // throws Error

  size_t num_horizons() const { return windows_days.size() + decay_days.size(); }
  // Windows in days, 0 where there is none but all time: what an update must keep apart by day.
  uint32_t longest_window() const;
  // (horizons): "7d", "all", "decay7d".
  std::vector<std::string> horizon_names() const;

  friend bool operator==(const CounterSpec&, const CounterSpec&) = default;
};

// "query:item,query:country:item". Throws Error on an empty field.
std::vector<std::vector<std::string>> parse_segments(const std::string& text);

// "query:country:item"
std::string segment_name(const std::vector<std::string>& fields);

}  // namespace kaskad
