#include "kaskad/server/served_api.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/cascade/load_cascade.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

using nlohmann::ordered_json;

HttpResponse json_of(const ordered_json& value) {
  HttpResponse response;
  response.body = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return response;
}

template <typename ServedOne>  // ServedBundle, ServedRanker
ordered_json describe_bundle(const ServedOne& served) {
  return {{"model", served.bundle.kind},
          {"version", served.version},
          {"hash", served.bundle.hash},
          {"created", served.bundle.created},
          {"dataset", served.bundle.dataset_hash},
          {"items", served.bundle.items.size()},
          {"users", served.bundle.users.size()}};
}

ordered_json describe_ranker(const ServedRanker& ranker) {
  ordered_json found = describe_bundle(ranker);
  found["heads"] = ordered_json::array();
  for (const Head& head : ranker.bundle.ranker->heads()) found["heads"].push_back(head.name);
  found["context"] = ranker.context_names;
  found["actions"] = ranker.bundle.ranker->action_names();
  return found;
}

ordered_json describe_cascade(const Cascade& cascade) {
  ordered_json stages = describe_stages(cascade);
  for (ordered_json& stage : stages) stage.erase("bundle");  // a path
  return {{"name", cascade.config().name},
          {"version", cascade.version()},
          {"items", cascade.catalogue().size()},
          {"items_shut_out", cascade.gate().num_blocked()},
          {"stages", std::move(stages)}};
}

ordered_json describe_experiment(const CascadeArms& arms) {
  const ExperimentConfig& config = arms.config();
  ordered_json layers = ordered_json::array();
  for (size_t l = 0; l < config.layers.size(); ++l) {
    const ExperimentLayer& layer = config.layers[l];
    ordered_json all = ordered_json::array();
    for (size_t a = 0; a < layer.arms.size(); ++a) {
      const ExperimentArm& arm = layer.arms[a];
      ordered_json changes = ordered_json::array();
      for (const TomlEntry& entry : arm.overrides) changes.push_back(entry.key);
      all.push_back({{"arm", arm.name},
                     {"share", arm.share},
                     {"own_cascade", arm.cascade.has_value()},
                     {"taken_down", arms.is_down(l, a)},
                     {"changes", std::move(changes)}});
    }
    layers.push_back({{"layer", layer.name},
                      {"control", layer.arms[layer.control].name},
                      {"rest", layer.rest()},
                      {"arms", std::move(all)}});
  }
  ordered_json versions = ordered_json::array();
  for (const auto& cascade : arms.distinct()) versions.push_back(cascade->version());
  return {{"name", config.name},
          {"holdout", config.holdout},
          {"layers", std::move(layers)},
          {"versions", std::move(versions)}};
}

// Vectors say nothing to people; what is not known of the item is left out.
void write_features(JsonWriter& json, const ItemFacts& facts, ItemId item) {
  json.key("features").begin_object();
  for (const CategoricalFeature& feature : facts.table().categorical) {
    const auto codes = facts.codes(feature, item);
    if (codes.empty()) continue;
    json.key(feature.name).begin_array();
    for (const uint32_t code : codes) json.value(feature.names[code]);
    json.end_array();
  }
  for (const DenseFeature& feature : facts.table().dense) {
    const auto values = facts.values(feature, item);
    if (values.size() != 1 || std::isnan(values[0])) continue;
    json.key(feature.name).begin_array().value(values[0]).end_array();
  }
  json.end_object();
}

HttpResponse no_item(const std::string& id) {
  return error_response(404, "there is no item '" + id + "'");
}

}  // namespace

HttpResponse describe_served(const Served& served, const ServedVersions::Version& version,
                             const ServerTakes& takes) {
  ordered_json found = {{"version", version.name},
                        {"since", version.since},
                        {"takes", {{"events", takes.events}, {"admin", takes.admin}}},
                        {"models", served.infer.names()}};
  if (served.retriever) found["retriever"] = describe_bundle(*served.retriever);
  if (served.ranker) found["ranker"] = describe_ranker(*served.ranker);
  if (served.cascade) found["cascade"] = describe_cascade(*served.cascade);
  if (served.arms) found["experiment"] = describe_experiment(*served.arms);
  return json_of(found);
}

HttpResponse show_item(const Served& served, const std::string& id) {
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object().field("item_id", id);
  if (served.cascade) {
    const auto item = served.cascade->catalogue().find(id);
    if (!item) return no_item(id);
    const std::string_view title = served.cascade->title(*item);
    if (!title.empty()) json.field("title", title);
    write_features(json, served.cascade->facts(), *item);
  } else {
    const Bundle& bundle = served.retriever->bundle;
    const auto item = bundle.items.find(id);
    if (!item) return no_item(id);
    const std::string_view title = bundle.title(ItemId{*item});
    if (!title.empty()) json.field("title", title);
  }
  json.end_object();
  return response;
}

HttpResponse show_arms(const Served& served, const std::string& user_id) {
  const CascadeArms::Choice choice = served.arms->choose(user_id);
  ordered_json arms = ordered_json::object();
  for (const auto& [layer, arm] : choice.arms) arms[layer] = arm;
  return json_of({{"user_id", user_id},
                  {"experiment", served.arms->config().name},
                  {"held_out", served.arms->held_out(user_id)},
                  {"arms", std::move(arms)},
                  {"version", choice.cascade->version()}});
}

}  // namespace kaskad
