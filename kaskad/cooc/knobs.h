// Reading and writing option structs as JSON objects: a missing key keeps its default, an
// unknown key or value is an Error that names the ones allowed. Private to cooc/ and grid/.
#pragma once

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/core/short_number.h"

namespace kaskad {

template <typename Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};

// Reads the keys of one object; finish() refuses keys that nobody asked for.
class KnobReader {
 public:
  KnobReader(const nlohmann::json& json, std::string what) : json_(json), what_(std::move(what)) {
    if (!json.is_object()) throw Error(what_ + ": found " + json.dump() + ", expected an object");
  }

  void number(const char* key, double& value, double low, double high) {
    const nlohmann::json* found = find(key);
    if (!found) return;
    if (!found->is_number() || !(found->get<double>() >= low && found->get<double>() <= high)) {
      refuse(key, *found, "a number from " + short_number(low) + " to " + short_number(high));
    }
    value = found->get<double>();
  }

  void count(const char* key, uint32_t& value) {
    const nlohmann::json* found = find(key);
    if (!found) return;
    if (!found->is_number_integer() || found->get<int64_t>() < 0 ||
        found->get<int64_t>() > UINT32_MAX) {
      refuse(key, *found, "a whole number, 0 or more");
    }
    value = found->get<uint32_t>();
  }

  void flag(const char* key, bool& value) {
    const nlohmann::json* found = find(key);
    if (!found) return;
    if (!found->is_boolean()) refuse(key, *found, "true or false");
    value = found->get<bool>();
  }

  template <typename Enum>
  void choice(const char* key, Enum& value, std::span<const EnumName<Enum>> names) {
    const nlohmann::json* found = find(key);
    if (!found) return;
    std::string allowed;
    for (const EnumName<Enum>& entry : names) {
      if (found->is_string() && found->get<std::string>() == entry.name) {
        value = entry.value;
        return;
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(entry.name);
    }
    refuse(key, *found, "one of " + allowed);
  }

  void finish() const {
    std::string allowed;
    for (const std::string& key : known_) allowed += (allowed.empty() ? "" : ", ") + key;
    for (const auto& [key, value] : json_.items()) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        throw Error(what_ + ": found the key '" + key + "', expected one of " + allowed);
      }
    }
  }

  // Days as people say them: three digits are more than a decay can be told apart by.
  static std::string days(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof(buffer), value < 1000 ? "%.3g" : "%.0f", value);
    return buffer;
  }

 private:
  const nlohmann::json* find(const char* key) {
    known_.emplace_back(key);
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }

  [[noreturn]] void refuse(const char* key, const nlohmann::json& found,
                           const std::string& expected) const {
    throw Error(what_ + ", '" + key + "': found " + found.dump() + ", expected " + expected);
  }

  const nlohmann::json& json_;
  std::string what_;
  std::vector<std::string> known_;
};

template <typename Enum>
std::string_view enum_name(Enum value, std::span<const EnumName<Enum>> names) {
  for (const EnumName<Enum>& entry : names) {
    if (entry.value == value) return entry.name;
  }
  return "?";
}

}  // namespace kaskad
