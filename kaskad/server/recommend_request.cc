#include "kaskad/server/recommend_request.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <map>

namespace kaskad {
namespace {

namespace json = boost::json;

// "line 2, column 7" of the byte at `position`; 1-based.
std::string place(std::string_view text, size_t position) {
  const std::string_view before = text.substr(0, position);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// What was found, for a message: a list is not shown, long text is cut.
std::string describe(const json::value& value) {
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  if (const double* number = value.if_double()) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof(digits), *number).ptr};
  }
  const std::string text = json::serialize(value);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

// Reads the fields of one request; the first fault is kept and stops the reading.
class RequestReader {
 public:
  std::variant<RecommendRequest, BadRequest> read(std::string_view body) {
    if (body.empty()) return BadRequest{"found an empty body, expected a JSON object"};
    unsigned char space[8192];  // enough for most requests; the rest comes from the heap
    json::monotonic_resource memory(space);
    json::stream_parser parser(&memory);
    json::error_code code;
    const size_t read = parser.write(body.data(), body.size(), code);
    if (!code) parser.finish(code);
    if (code) {
      return BadRequest{"the body is no JSON: " + place(body, read) + ": " + code.message()};
    }
    const json::value root = parser.release();
    if (!root.is_object()) return BadRequest{"found " + describe(root) + ", expected an object"};
    for (const auto& field : root.get_object()) {
      read_field(field.key(), field.value());
      if (!fault_.empty()) return BadRequest{fault_};
    }
    if (request_.user_id && has_history_) {
      return BadRequest{"found both 'user_id' and 'history', expected one of them"};
    }
    if (!request_.user_id && !has_history_) {
      return BadRequest{"found neither 'user_id' nor 'history', expected one of them"};
    }
    if (request_.explain && request_.k > kMaxExplained) {
      return BadRequest{"'k': found " + std::to_string(request_.k) +
                        " with 'explain', expected 1 to " + std::to_string(kMaxExplained)};
    }
    return std::move(request_);
  }

 private:
  using FieldReader = void (RequestReader::*)(const json::value&);

  void read_field(std::string_view name, const json::value& value) {
    static const std::map<std::string_view, FieldReader> kFields = {
        {"user_id", &RequestReader::read_user},
        {"history", &RequestReader::read_history},
        {"k", &RequestReader::read_k},
        {"now", &RequestReader::read_now},
        {"exclude", &RequestReader::read_exclude},
        {"exclude_seen", &RequestReader::read_seen},
        {"allow", &RequestReader::read_allow},
        {"explain", &RequestReader::read_explain},
        {"user_features", &RequestReader::read_features}};
    const auto reader = kFields.find(name);
    field_ = name;
    if (reader != kFields.end()) return (this->*reader->second)(value);
    std::string known;
    for (const auto& [field, unused] : kFields)
      known += (known.empty() ? "" : ", ") + std::string(field);
    fault_ = "found the unknown field '" + field_.substr(0, 60) + "', expected one of: " + known;
  }

  void expected(const json::value& found, const std::string& what) {
    fault_ = "'" + field_ + "': found " + describe(found) + ", expected " + what;
  }

  bool read_id(const json::value& value, std::string& id) {
    if (const json::string* text = value.if_string()) {
      id = std::string_view(*text);
    } else if (value.is_int64() || value.is_uint64()) {
      id = json::serialize(value);
    } else {
      expected(value, "an id (text or a whole number)");
      return false;
    }
    return true;
  }

  void read_ids(const json::value& value, std::vector<std::string>& ids) {
    const json::array* list = value.if_array();
    if (!list) return expected(value, "a list of ids");
    ids.clear();
    for (const json::value& element : *list) {
      if (!read_id(element, ids.emplace_back())) return;
    }
  }

  void read_user(const json::value& value) { read_id(value, request_.user_id.emplace()); }

  void read_history(const json::value& value) {
    has_history_ = true;
    const json::array* list = value.if_array();
    if (!list) return expected(value, "a list of ids or of {item_id, timestamp}");
    if (list->size() > kMaxHistory) {
      fault_ = "'history': found " + std::to_string(list->size()) + " events, expected at most " +
               std::to_string(kMaxHistory);
      return;
    }
    for (const json::value& element : *list) {
      read_event(element);
      if (!fault_.empty()) return;
    }
    if (!request_.times.empty() && request_.times.size() != request_.history.size()) {
      fault_ = "'history': found a timestamp at " + std::to_string(request_.times.size()) + " of " +
               std::to_string(request_.history.size()) + " events, expected all or none";
    }
  }

  void read_event(const json::value& element) {
    std::string& id = request_.history.emplace_back();
    const json::object* event = element.if_object();
    if (!event) {
      read_id(element, id);
      return;
    }
    bool has_id = false;
    for (const auto& field : *event) {
      const std::string_view name = field.key();
      if (name == "item_id") {
        has_id = read_id(field.value(), id);
      } else if (name == "timestamp") {
        request_.times.push_back(read_whole(field.value(), "a whole number as 'timestamp'"));
      } else {
        fault_ = "'history': found the unknown field '" + std::string(name.substr(0, 60)) +
                 "', expected item_id, timestamp";
      }
      if (!fault_.empty()) return;
    }
    if (!has_id) fault_ = "'history': found an event without 'item_id'";
  }

  int64_t read_whole(const json::value& value, const std::string& what) {
    const int64_t* number = value.if_int64();
    if (!number) expected(value, what);
    return number ? *number : 0;
  }

  void read_k(const json::value& value) {
    const std::string what = "a whole number of 1 to " + std::to_string(kMaxK);
    const int64_t k = read_whole(value, what);
    if (k < 1 || k > static_cast<int64_t>(kMaxK)) return expected(value, what);
    request_.k = static_cast<size_t>(k);
  }

  void read_bool(const json::value& value, bool& truth) {
    const bool* found = value.if_bool();
    if (!found) return expected(value, "true or false");
    truth = *found;
  }

  void read_now(const json::value& value) { request_.now = read_whole(value, "a whole number"); }
  void read_seen(const json::value& value) { read_bool(value, request_.exclude_seen); }
  void read_explain(const json::value& value) { read_bool(value, request_.explain); }
  void read_exclude(const json::value& value) { read_ids(value, request_.exclude); }
  void read_allow(const json::value& value) { read_ids(value, request_.allow.emplace()); }

  void read_features(const json::value& value) {
    const json::object* object = value.if_object();
    if (!object) return expected(value, "an object of features by name");
    auto& features = request_.user_features.emplace();
    for (const auto& field : *object) {
      GivenFeature& feature = features.emplace_back();
      feature.name = field.key();
      if (const json::array* list = field.value().if_array()) {
        for (const json::value& element : *list) read_feature_value(element, feature);
      } else if (!field.value().is_null()) {
        read_feature_value(field.value(), feature);
      }
      if (feature.numbers.size() != feature.values.size()) feature.numbers.clear();
    }
  }

  void read_feature_value(const json::value& value, GivenFeature& feature) {
    if (const json::string* text = value.if_string()) {
      feature.values.emplace_back(*text);
    } else if (value.is_number()) {
      feature.values.push_back(describe(value));
      feature.numbers.push_back(value.to_number<float>());
    } else {
      fault_ = "'user_features', '" + feature.name.substr(0, 60) + "': found " + describe(value) +
               ", expected a text, a number, or a list of them";
    }
  }

  RecommendRequest request_;
  bool has_history_ = false;
  std::string field_;
  std::string fault_;
};

}  // namespace

std::variant<RecommendRequest, BadRequest> parse_recommend_request(std::string_view body) {
  return RequestReader().read(body);
}

std::variant<size_t, BadRequest> parse_count(std::string_view name, std::string_view text) {
  size_t count = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stopped, failure] = std::from_chars(begin, end, count);
  if (failure == std::errc() && stopped == end && count >= 1 && count <= kMaxK) return count;
  return BadRequest{"'" + std::string(name) + "': found '" + std::string(text.substr(0, 60)) +
                    "', expected a whole number of 1 to " + std::to_string(kMaxK)};
}

}  // namespace kaskad
