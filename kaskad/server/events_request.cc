#include "kaskad/server/events_request.h"

#include <cmath>

#include "kaskad/server/given_history.h"
#include "kaskad/server/request_checks.h"
#include "kaskad/server/request_reader.h"

namespace kaskad {
namespace {

namespace json = boost::json;

class EventsReader : public RequestReader {
 public:
  explicit EventsReader(int64_t now) : now_(now) {}

  Parsed<std::vector<LiveEvent>> read(std::string_view body) {
    if (auto bad = read_object(body)) return *std::move(bad);
    if (!has_events_) return BadRequest{"found no 'events', expected a list of them"};
    return std::move(events_);
  }

  Parsed<std::vector<LiveEvent>> read_lines(std::string_view body) {
    by_line_ = true;
    for (size_t line = 1; !body.empty(); ++line) {
      const size_t end = std::min(body.find('\n'), body.size());
      const std::string_view text = body.substr(0, end);
      body.remove_prefix(std::min(end + 1, body.size()));
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      begin_event("line " + std::to_string(line));
      if (auto bad = read_object(text)) return BadRequest{place_ + ": " + bad->why};
      if (!end_event()) return BadRequest{fault_};
    }
    if (events_.empty()) return BadRequest{"found no line, expected one event a line"};
    return std::move(events_);
  }

 private:
  void read_field(std::string_view name, const Value& value) override {
    static const Fields<EventsReader> kBody = {{"events", &EventsReader::read_events}};
    static const Fields<EventsReader> kEvent = {
        {"event_id", &EventsReader::read_event_id}, {"user_id", &EventsReader::read_user},
        {"item_id", &EventsReader::read_item},      {"action", &EventsReader::read_action},
        {"timestamp", &EventsReader::read_time},    {"weight", &EventsReader::read_weight},
        {"query", &EventsReader::read_search},      {"request_id", &EventsReader::read_request}};
    read_with(by_line_ || inside_ ? kEvent : kBody, name, value);
  }

  void read_events(const Value& value) {
    has_events_ = true;
    const json::array* list = value.if_array();
    if (!list) return expected(value, "a list of events");
    inside_ = true;
    for (const Value& element : *list) {
      begin_event("'events', event " + std::to_string(events_.size() + 1));
      const json::object* event = element.if_object();
      if (!event) {
        fault_ = place_ + ": found " + describe(element) + ", expected an object";
        return;
      }
      for (const auto& field : *event) {
        field_ = field.key();
        read_field(field.key(), field.value());
        if (fault_.empty()) continue;
        fault_ = place_ + ": " + fault_;
        return;
      }
      if (!end_event()) return;
    }
    inside_ = false;
  }

  void begin_event(std::string place) {
    place_ = std::move(place);
    events_.emplace_back().time = now_;
  }

  bool end_event() {
    if (const auto bad = check(events_.back())) fault_ = place_ + ": " + bad->why;
    return fault_.empty();
  }

  void read_event_id(const Value& value) { read_id(value, events_.back().id); }
  void read_user(const Value& value) { read_id(value, events_.back().user_id); }
  void read_item(const Value& value) { read_id(value, events_.back().item_id); }
  void read_request(const Value& value) { read_id(value, events_.back().request_id); }
  void read_action(const Value& value) {
    read_id(value, events_.back().action, "the name of an action");
  }
  void read_search(const Value& value) { read_query(value, events_.back().query); }
  void read_time(const Value& value) {
    const int64_t time = read_whole(value, "seconds or milliseconds since 1970");
    events_.back().time = to_dataset_time(time, TimeKind::kClock);
  }
  void read_weight(const Value& value) {
    const bool is_number = value.is_number();
    const auto weight = is_number ? value.to_number<float>() : 0.0F;
    if (!is_number || !std::isfinite(weight)) return expected(value, "a number");
    events_.back().weight = weight;
  }

  const int64_t now_;
  bool by_line_ = false, inside_ = false, has_events_ = false;
  std::string place_;
  std::vector<LiveEvent> events_;
};

bool is_lines(std::string_view content_type) {
  return content_type.starts_with("application/x-ndjson") ||
         content_type.starts_with("application/jsonl");
}

}  // namespace

Parsed<std::vector<LiveEvent>> parse_events(std::string_view body, std::string_view content_type,
                                            int64_t now) {
  EventsReader reader(now);
  return is_lines(content_type) ? reader.read_lines(body) : reader.read(body);
}

}  // namespace kaskad
