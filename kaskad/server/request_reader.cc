#include "kaskad/server/request_reader.h"

#include <algorithm>
#include <charconv>

namespace kaskad {

namespace json = boost::json;

namespace {

// "line 2, column 7" of the byte at `position`; 1-based.
std::string place(std::string_view text, size_t position) {
  const std::string_view before = text.substr(0, position);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

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

std::optional<BadRequest> RequestReader::read_object(std::string_view body) {
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
    field_ = field.key();
    read_field(field.key(), field.value());
    if (!fault_.empty()) return BadRequest{fault_};
  }
  return std::nullopt;
}

void RequestReader::expected(const json::value& found, const std::string& what) {
  fault_ = "'" + field_ + "': found " + describe(found) + ", expected " + what;
}

bool RequestReader::read_id(const json::value& value, std::string& id, const char* what) {
  if (const json::string* text = value.if_string()) {
    id = std::string_view(*text);
  } else if (value.is_int64() || value.is_uint64()) {
    id = json::serialize(value);
  } else {
    expected(value, what + std::string(" (text or a whole number)"));
    return false;
  }
  return true;
}

void RequestReader::read_ids(const json::value& value, std::vector<std::string>& ids) {
  const json::array* list = value.if_array();
  if (!list) return expected(value, "a list of ids");
  ids.clear();
  for (const json::value& element : *list) {
    if (!read_id(element, ids.emplace_back())) return;
  }
}

void RequestReader::read_history(const json::value& value, GivenHistory& history) {
  const json::array* list = value.if_array();
  if (!list) return expected(value, "a list of ids or of {item_id, timestamp, action}");
  for (const json::value& element : *list) {
    read_event(element, history);
    if (!fault_.empty()) return;
  }
  if (!history.actions.empty()) history.actions.resize(history.items.size());
}

void RequestReader::read_event(const json::value& element, GivenHistory& history) {
  std::string& id = history.items.emplace_back();
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
      history.times.push_back(read_whole(field.value(), "a whole number as 'timestamp'"));
    } else if (name == "action") {
      history.actions.resize(history.items.size());  // those before may have none
      read_id(field.value(), history.actions.back(), "the name of an action as 'action'");
    } else {
      fault_ = "'history': found the unknown field '" + std::string(name.substr(0, 60)) +
               "', expected item_id, timestamp, action";
    }
    if (!fault_.empty()) return;
  }
  if (!has_id) fault_ = "'history': found an event without 'item_id'";
}

int64_t RequestReader::read_whole(const json::value& value, const std::string& what) {
  const int64_t* number = value.if_int64();
  if (!number) expected(value, what);
  return number ? *number : 0;
}

size_t RequestReader::read_count(const json::value& value, size_t most) {
  const std::string what = whole_up_to(most);
  const int64_t count = read_whole(value, what);
  if (count < 1 || count > static_cast<int64_t>(most)) expected(value, what);
  return static_cast<size_t>(count);
}

void RequestReader::read_query(const json::value& value, std::string& query) {
  const json::string* text = value.if_string();
  if (!text) {
    return expected(value, "a text of at most " + std::to_string(kMaxQueryBytes) + " bytes");
  }
  query = std::string_view(*text);
}

void RequestReader::read_bool(const json::value& value, bool& truth) {
  const bool* found = value.if_bool();
  if (!found) return expected(value, "true or false");
  truth = *found;
}

}  // namespace kaskad
