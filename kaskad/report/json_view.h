// Reading of optional parts: what a result does not carry is absent, null or of another type,
// and reads as "not there". Private to the *_page.cc files.
#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace kaskad::html {

inline const nlohmann::json& child(const nlohmann::json& object, const std::string& key) {
  static const nlohmann::json missing;
  if (!object.is_object()) return missing;
  const auto found = object.find(key);
  return found == object.end() ? missing : *found;
}

// The array under `key`; an empty one when there is none.
inline const nlohmann::json& list(const nlohmann::json& object, const std::string& key) {
  static const nlohmann::json none = nlohmann::json::array();
  const nlohmann::json& found = child(object, key);
  return found.is_array() ? found : none;
}

inline double number(const nlohmann::json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

inline double number(const nlohmann::json& object, const std::string& key) {
  return number(child(object, key));
}

// Strings as they are, numbers and booleans as JSON writes them, everything else empty.
inline std::string words(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

inline std::string words(const nlohmann::json& object, const std::string& key) {
  return words(child(object, key));
}

using Interval = std::optional<std::pair<double, double>>;

// [low, high], or {"low":, "high":}.
inline Interval interval(const nlohmann::json& value) {
  const bool pair = value.is_array() && value.size() == 2;
  const double low = pair ? number(value[0]) : number(value, "low");
  const double high = pair ? number(value[1]) : number(value, "high");
  if (!std::isfinite(low) || !std::isfinite(high)) return std::nullopt;
  return std::pair(low, high);
}

}  // namespace kaskad::html
