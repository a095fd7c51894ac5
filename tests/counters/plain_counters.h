// What counters should be, by their definition and in the plainest way: for each candidate all
// earlier lists are gone through. The reference of replay and store.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kaskad/counters/counter_spec.h"
#include "kaskad/dataset/query_tokens.h"
#include "tests/counters/search_log.h"

namespace kaskad {

class PlainCounters {
 public:
  PlainCounters(const SearchLog& log, const CounterSpec& spec) : log_(log), spec_(spec) {}

  // Features of the candidates of `asked`, of lists [0, end) before `now`: (candidates, features).
  std::vector<float> features(const ImpressionList& asked, int64_t now, size_t end) const {
    std::vector<float> all;
    for (const ItemId item : asked.items) {
      for (const auto& segment : spec_.segments) append(asked, item, segment, now, end, all);
    }
    return all;
  }

 private:
  static constexpr size_t kEvents = 3;              // shown, click, buy
  using Counts = std::vector<std::vector<double>>;  // (events)(horizons)

  void append(const ImpressionList& asked, ItemId item, const std::vector<std::string>& segment,
              int64_t now, size_t end, std::vector<float>& all) const {
    Counts total(kEvents, std::vector<double>(spec_.num_horizons())), pair = total;
    const auto keys = left_keys(asked, segment);
    for (size_t l = 0; l < end; ++l) {
      const ImpressionList list = log_.lists[l].view();
      if (list.time >= now) continue;
      for (const std::string& key : left_keys(list, segment)) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
        for (size_t c = 0; c < list.size(); ++c) {
          add(list, c, now, 1, total);
          add(list, c, now, shared_rights(item, list.items[c], segment), pair);
        }
      }
    }
    write(total, pair, all);
  }

  void add(const ImpressionList& list, size_t c, int64_t now, double times, Counts& counts) const {
    const bool happened[kEvents] = {true, list.labels[c * 2] > 0, list.labels[c * 2 + 1] > 0};
    for (size_t e = 0; e < kEvents; ++e) {
      if (!happened[e]) continue;
      size_t h = 0;
      for (const uint32_t days : spec_.windows_days) {
        counts[e][h++] += days == 0 || list.time >= now - days * 24 * kLogHour ? times : 0;
      }
      for (const double tau : spec_.decay_days) {
        counts[e][h++] += times * std::exp(-double(now - list.time) / (tau * 24 * kLogHour));
      }
    }
  }

  void write(const Counts& total, const Counts& pair, std::vector<float>& all) const {
    const double a = spec_.prior_events, b = spec_.prior_total;
    const size_t horizons = spec_.num_horizons();
    for (size_t e = 0; e < kEvents && spec_.shares; ++e) {
      for (size_t h = 0; h < horizons; ++h) {
        all.push_back(static_cast<float>((pair[e][h] + a) / (total[e][h] + b)));
      }
    }
    for (size_t e = 1; e < kEvents && spec_.rates; ++e) {
      for (size_t h = 0; h < horizons; ++h) {
        all.push_back(static_cast<float>((pair[e][h] + a) / (pair[0][h] + b)));
      }
    }
    for (size_t e = 0; e < kEvents; ++e) {
      for (size_t h = 0; h < horizons; ++h) all.push_back(total[e][h] < 1e-9 ? 1.0F : 0.0F);
    }
  }

  static std::vector<std::string> categories_of(const FeatureTable& table, size_t row) {
    const CategoricalFeature& column = table.categorical.front();
    std::vector<std::string> names;
    if (row >= table.rows) return names;
    for (uint64_t i = column.offsets[row]; i < column.offsets[row + 1]; ++i) {
      names.push_back(column.names[column.codes[i]]);
    }
    return names;
  }

  std::vector<std::string> left_values(const ImpressionList& list, const std::string& field) const {
    const std::string text =
        list.query == kNoQuery ? "" : log_.query_texts[static_cast<size_t>(list.query)];
    if (field == "query") return text.empty() ? std::vector<std::string>() : std::vector{text};
    if (field == "query_token") return query_tokens(text);
    if (list.user == kNoUser) return {};
    if (field == "user") return {std::to_string(index(list.user))};
    return categories_of(log_.data.data.user_features(), index(list.user));  // "country"
  }

  std::vector<std::string> left_keys(const ImpressionList& list,
                                     const std::vector<std::string>& segment) const {
    std::vector<std::string> keys = {""};
    for (const std::string& field : segment) {
      if (field == "item" || field == "category") continue;
      std::vector<std::string> longer;
      for (const std::string& key : keys) {
        for (const std::string& value : left_values(list, field))
          longer.push_back(key + "|" + value);
      }
      keys = longer;
    }
    return keys;
  }

  // Of how many right keys of `item` the candidate is one.
  double shared_rights(ItemId item, ItemId candidate,
                       const std::vector<std::string>& segment) const {
    if (item == kNoItem || candidate == kNoItem) return 0;
    if (std::find(segment.begin(), segment.end(), "item") != segment.end())
      return item == candidate;
    const FeatureTable& table = log_.data.data.item_features();
    double count = 0;
    for (const std::string& a : categories_of(table, index(item))) {
      for (const std::string& b : categories_of(table, index(candidate))) count += a == b;
    }
    return count;
  }

  const SearchLog& log_;
  const CounterSpec& spec_;
};

// All that segments can be made of.
inline CounterSpec rich_spec() {
  CounterSpec spec;
  spec.segments = {{"query", "item"},           {"query", "country", "item"},
                   {"query_token", "category"}, {"item"},
                   {"user", "category"},        {"country", "query_token", "item"}};
  spec.windows_days = {1, 7, 0};
  spec.decay_days = {0.5, 3};
  return spec;
}

}  // namespace kaskad
