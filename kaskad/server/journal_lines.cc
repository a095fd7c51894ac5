#include "kaskad/server/journal_lines.h"

#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

void field_if(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.field(name, text);
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

}  // namespace kaskad
