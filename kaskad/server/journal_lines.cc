#include "kaskad/server/journal_lines.h"

#include <boost/json.hpp>

#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

namespace json = boost::json;

void field_if(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.field(name, text);
}

std::string_view text_of(const json::object& line, const char* field) {
  const json::value* value = line.if_contains(field);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

// Whether it is a line of a page or an action; `items` keeps what the page points to.
bool read_line(const json::object& object, JournalLine& line,
               std::vector<std::string_view>& items) {
  const std::string_view type = text_of(object, "type");
  const json::value* time = object.if_contains("timestamp");
  if (!time || !time->is_int64()) return false;
  line.shown = type == "exposure";
  line.action = text_of(object, "action");
  items.clear();
  if (line.shown) {
    const json::value* list = object.if_contains("items");
    if (!list || !list->is_array()) return false;
    for (const json::value& item : list->get_array()) {
      if (const json::string* id = item.if_string()) items.emplace_back(id->data(), id->size());
    }
  } else if (type == "action") {
    items.push_back(text_of(object, "item_id"));
  } else {
    return false;
  }
  line.page = {text_of(object, "user_id"), text_of(object, "request_id"), text_of(object, "query"),
               items, time->get_int64()};
  return true;
}

}  // namespace

void write_exposure_line(std::string& lines, const Exposure& exposure) {
  JsonWriter json(lines);
  json.begin_object().field("type", "exposure").field("timestamp", exposure.time);
  json.field("user_id", exposure.user_id).field("request_id", exposure.request_id);
  field_if(json, "query", exposure.query);
  if (!exposure.experiment.empty()) {
    json.field("experiment", exposure.experiment).key("arms").begin_object();
    for (const auto& [layer, arm] : exposure.arms) json.field(layer, arm);
    json.end_object();
  }
  json.key("items").begin_array();
  for (const std::string_view item : exposure.items) json.value(item);
  json.end_array().end_object();
  lines += '\n';
}

void write_action_line(std::string& lines, const LiveEvent& event) {
  JsonWriter json(lines);
  json.begin_object().field("type", "action").field("timestamp", event.time);
  json.field("user_id", event.user_id).field("item_id", event.item_id);
  field_if(json, "action", event.action);
  field_if(json, "query", event.query);
  field_if(json, "request_id", event.request_id);
  field_if(json, "event_id", event.id);
  json.field("weight", event.weight).end_object();
  lines += '\n';
}

ReadLines read_journal_lines(std::string_view text,
                             const std::function<void(const JournalLine&)>& take) {
  std::vector<unsigned char> space(16 << 10);
  std::vector<std::string_view> items;
  ReadLines read;
  for (size_t end; (end = text.find('\n', read.bytes)) != std::string_view::npos;
       read.bytes = end + 1) {
    const std::string_view one = text.substr(read.bytes, end - read.bytes);
    if (one.empty()) continue;
    json::monotonic_resource values(space.data(), space.size());
    json::error_code code;
    const json::value root = json::parse(one, code, &values);
    JournalLine line;
    if (!code && root.is_object() && read_line(root.get_object(), line, items)) {
      take(line);
    } else {
      ++read.bad;
    }
  }
  return read;
}

}  // namespace kaskad
