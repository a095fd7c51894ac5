#include "kaskad/experiment/event_line.h"

#include <boost/json.hpp>
#include <cmath>

#include "kaskad/core/day.h"
#include "kaskad/core/hash.h"
#include "kaskad/log/text.h"

namespace kaskad::ab {
namespace {

namespace json = boost::json;

constexpr const char* kText = "a text that is not empty";
constexpr const char* kId = "a text that is not empty, or a whole number";
constexpr int64_t kLargestTime = 250'000'000'000'000;  // the year 9892: beyond are microseconds

std::string found_value(const json::value* value) {
  if (!value || value->is_null()) return "nothing";
  if (value->is_array()) return "a list";
  if (value->is_object()) return "an object";
  return shown(json::serialize(*value));
}

// The fields of one line; the first fault stays.
class Fields {
 public:
  Fields(const json::object& object, LineFault& fault) : object_(object), fault_(fault) {}

  bool sound() const { return fault_.expected.empty(); }

  // Absent and null are the same.
  const json::value* find(const char* key) const {
    const json::value* value = object_.if_contains(key);
    return value && !value->is_null() ? value : nullptr;
  }

  void text(const char* key, std::string& text) {
    const json::value* value = find(key);
    const json::string* found = value ? value->if_string() : nullptr;
    if (!found || found->empty()) return fail(key, value, kText);
    text.assign(found->data(), found->size());
  }

  void id(const char* key, uint64_t& id) { read_id(key, find(key), id); }

  void read_id(const char* key, const json::value* value, uint64_t& id) {
    if (const json::string* text = value ? value->if_string() : nullptr; text && !text->empty()) {
      id = hash64({text->data(), text->size()});
    } else if (value && (value->is_int64() || value->is_uint64())) {
      id = hash64(json::serialize(*value));
    } else {
      return fail(key, value, kId);
    }
    if (id == 0) id = 1;  // 0 is none
  }

  void time(int64_t& time) {
    const json::value* value = find("timestamp");
    double number = NAN;
    if (value && value->is_int64()) number = static_cast<double>(value->get_int64());
    if (value && value->is_double()) number = value->get_double();
    if (!(std::abs(number) < kLargestTime)) {
      return fail("timestamp", value, "seconds or milliseconds since 1970");
    }
    // Seconds may have a fraction.
    const bool seconds =
        to_milliseconds(static_cast<int64_t>(number)) != static_cast<int64_t>(number);
    time = std::llround(seconds ? number * 1000 : number);
  }

  void fail(const char* key, const json::value* value, const char* expected) {
    if (sound()) fault_ = {key, found_value(value), expected};
  }

 private:
  const json::object& object_;
  LineFault& fault_;
};

void read_arms(Fields& fields, LoggedEvent& event) {
  const json::value* value = fields.find("arms");
  if (!value) return;
  const json::object* arms = value->if_object();
  if (!arms) return fields.fail("arms", value, "an object of arms by layer");
  for (const auto& [layer, arm] : *arms) {
    if (arm.is_null()) continue;
    const json::string* name = arm.if_string();
    if (!name || name->empty()) return fields.fail("arms", &arm, "the name of an arm");
    event.arms.emplace_back(std::string(layer), std::string(*name));
  }
}

void read_exposure(Fields& fields, LoggedEvent& event) {
  if (fields.find("experiment")) fields.text("experiment", event.experiment);
  read_arms(fields, event);
  const json::value* value = fields.find("items");
  const json::array* items = value ? value->if_array() : nullptr;
  if (!items) return fields.fail("items", value, "a list of the items shown");
  for (const json::value& item : *items) fields.read_id("items", &item, event.items.emplace_back());
}

void read_action(Fields& fields, LoggedEvent& event) {
  fields.id("item_id", event.item);
  fields.text("action", event.action);
  const json::value* weight = fields.find("weight");
  if (!weight) return;
  if (weight->is_number()) event.weight = weight->to_number<double>();
  if (!weight->is_number() || !std::isfinite(event.weight) || event.weight < 0) {
    fields.fail("weight", weight, "a number of at least 0");
  }
}

void read_fields(const json::object& object, LoggedEvent& event, LineFault& fault) {
  Fields fields(object, fault);
  std::string type;
  fields.text("type", type);
  fields.time(event.time);
  fields.id("user_id", event.user);
  if (fields.find("request_id")) fields.id("request_id", event.request);
  if (type == "exposure") {
    event.kind = LoggedEvent::Kind::kExposure;
    read_exposure(fields, event);
  } else if (type == "action") {
    event.kind = LoggedEvent::Kind::kAction;
    read_action(fields, event);
  } else {
    fields.fail("type", fields.find("type"), "'exposure' or 'action'");
  }
}

void clear(LoggedEvent& event) {
  event.request = event.item = 0;
  event.weight = 1;
  event.experiment.clear();
  event.action.clear();
  event.arms.clear();
  event.items.clear();
}

}  // namespace

struct EventLineParser::State {
  std::vector<unsigned char> space = std::vector<unsigned char>(16 << 10);
};

EventLineParser::EventLineParser() : state_(std::make_unique<State>()) {}
EventLineParser::~EventLineParser() = default;

bool EventLineParser::parse(std::string_view line, LoggedEvent& event, LineFault& fault) {
  fault = {};
  clear(event);
  // Most lines fit into the space that is there; longer ones take more for the time of the call.
  json::monotonic_resource values(state_->space.data(), state_->space.size());
  json::error_code code;
  const json::value root = json::parse(line, code, &values);
  if (code) {
    fault = {"", code.message() + " in " + shown(line), "one JSON object a line"};
  } else if (!root.is_object()) {
    fault = {"", found_value(&root), "one JSON object a line"};
  } else {
    read_fields(root.get_object(), event, fault);
  }
  return fault.expected.empty();
}

}  // namespace kaskad::ab
