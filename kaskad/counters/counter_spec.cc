#include "kaskad/counters/counter_spec.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr uint32_t kMostDays = 10'000;
constexpr size_t kMostSegments = 64, kMostFields = 6, kMostHorizons = 16;

void expect(bool fine, const std::string& name, const std::string& expected) {
  if (!fine) throw Error("counters: " + name + ": expected " + expected);
}

template <typename T>
void read(const json& root, const char* name, T& value) {
  if (root.contains(name)) root.at(name).get_to(value);
}

}  // namespace

CounterSpec CounterSpec::from_json(const std::string& text) {
  CounterSpec spec;
  const json known = json::parse(spec.to_json());
  try {
    const json root = json::parse(text);
    if (!root.is_object()) throw Error("counters: expected an object");
    for (const auto& [name, value] : root.items()) {
      if (known.contains(name)) continue;
      std::string names;
      for (const auto& [one, unused] : known.items()) names += (names.empty() ? "" : ", ") + one;
      throw Error("counters: found '" + name + "', expected one of " + names);
    }
    if (root.contains("windows_days")) {
      spec.windows_days.clear();
      for (const json& days : root.at("windows_days")) {
        const auto value = days.get<double>();
        expect(value >= 0 && value <= kMostDays && value == std::floor(value), "windows_days",
               "whole days up to 10000, 0 for all time");
        spec.windows_days.push_back(static_cast<uint32_t>(value));
      }
    }
    read(root, "segments", spec.segments);
    read(root, "decay_days", spec.decay_days);
    read(root, "prior_events", spec.prior_events);
    read(root, "prior_total", spec.prior_total);
    read(root, "shares", spec.shares);
    read(root, "rates", spec.rates);
    read(root, "sketch_epsilon", spec.sketch_epsilon);
    read(root, "sketch_delta", spec.sketch_delta);
    if (root.contains("top")) {
      const auto top = root.at("top").get<double>();
      expect(top >= 0 && top < 4e9 && top == std::floor(top), "top", "a whole number from 0");
      spec.top = static_cast<uint32_t>(top);
    }
  } catch (const json::exception& fault) {
    throw Error(std::string("counters: ") + fault.what());
  }
  spec.check();
  return spec;
}

std::string CounterSpec::to_json() const {
  const json root = {{"segments", segments},
                     {"windows_days", windows_days},
                     {"decay_days", decay_days},
                     {"prior_events", prior_events},
                     {"prior_total", prior_total},
                     {"shares", shares},
                     {"rates", rates},
                     {"top", top},
                     {"sketch_epsilon", sketch_epsilon},
                     {"sketch_delta", sketch_delta}};
  return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

void CounterSpec::check() const {
  expect(!segments.empty() && segments.size() <= kMostSegments, "segments", "1 to 64 segments");
  for (const auto& fields : segments) {
    expect(!fields.empty() && fields.size() <= kMostFields, "segments", "1 to 6 fields in each");
    for (const std::string& field : fields) expect(!field.empty(), "segments", "names of fields");
    for (size_t f = 1; f < fields.size(); ++f) {
      expect(std::find(fields.begin(), fields.begin() + static_cast<ptrdiff_t>(f), fields[f]) ==
                 fields.begin() + static_cast<ptrdiff_t>(f),
             "segments", "each field once in '" + segment_name(fields) + "'");
    }
  }
  expect(num_horizons() >= 1 && num_horizons() <= kMostHorizons, "windows_days and decay_days",
         "1 to 16 of them together");
  for (const uint32_t days : windows_days) {
    expect(days <= kMostDays, "windows_days", "whole days up to 10000, 0 for all time");
  }
  for (const double days : decay_days) {
    expect(days > 0.01 && days <= kMostDays, "decay_days", "days from 0.01 to 10000");
  }
  expect(prior_events >= 0 && prior_events <= prior_total && prior_total > 0 && prior_total < 1e9,
         "prior_events and prior_total", "0 <= prior_events <= prior_total, and prior_total > 0");
  expect(shares || (rates && !shares), "shares and rates", "at least one of them");
  expect(top == 0 || !windows_days.empty(), "top", "a window to order the right keys by");
  expect(sketch_epsilon >= 0 && sketch_epsilon < 1, "sketch_epsilon", "a number from 0 to 1");
  expect(sketch_delta > 0 && sketch_delta < 1, "sketch_delta", "a number between 0 and 1");
  expect(top == 0 || sketch_epsilon == 0, "top", "0 where counts are sketched: no pair is known");
}

uint32_t CounterSpec::longest_window() const {
  return windows_days.empty() ? 0 : *std::max_element(windows_days.begin(), windows_days.end());
}

std::vector<std::string> CounterSpec::horizon_names() const {
  std::vector<std::string> names;
  for (const uint32_t days : windows_days) {
    names.push_back(days == 0 ? "all" : std::to_string(days) + "d");
  }
  for (const double days : decay_days) {
    char text[32];
    std::snprintf(text, sizeof(text), "decay%gd", days);
    names.emplace_back(text);
  }
  return names;
}

std::vector<std::vector<std::string>> parse_segments(const std::string& text) {
  std::vector<std::vector<std::string>> segments(1);
  std::string field;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c != ',' && c != ':') {
      field += c;
      continue;
    }
    if (field.empty()) {
      throw Error("segments '" + text +
                  "': found an empty field, expected as query:item,country:item");
    }
    segments.back().push_back(std::move(field));
    field.clear();
    if (c == ',' && i < text.size()) segments.emplace_back();
  }
  return segments;
}

std::string segment_name(const std::vector<std::string>& fields) {
  std::string name;
  for (const std::string& field : fields) name += (name.empty() ? "" : ":") + field;
  return name;
}

}  // namespace kaskad
