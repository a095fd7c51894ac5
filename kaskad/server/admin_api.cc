#include "kaskad/server/admin_api.h"

#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

void write_version(JsonWriter& json, std::string_view key, const ServedVersions::Version& version) {
  json.key(key).begin_object().field("version", version.name).field("since", version.since);
  json.end_object();
}

void write_taken_arm(JsonWriter& json, const TakenArm& taken) {
  json.begin_object().field("experiment", taken.experiment).field("layer", taken.layer);
  json.field("arm", taken.arm).field("control", taken.control);
  json.field("since", utc_text(taken.seconds)).field("reason", taken.reason);
  json.field("why", taken.why).end_object();
}

}  // namespace

AdminApi::AdminApi(ServedVersions& versions, Metrics& metrics, const ArmGuard& guard,
                   std::function<Bundles()> load)
    : versions_(versions), metrics_(metrics), guard_(guard), load_(std::move(load)) {}

void AdminApi::reload() {
  const std::lock_guard lock(changing_);
  change();
}

void AdminApi::change() {
  try {
    if (!load_) throw Error("found no place to read models from anew");
    loader_.run([this] { versions_.exchange(load_()); });
  } catch (const Error&) {
    metrics_.failed_reload();
    throw;
  }
}

HttpResponse AdminApi::answer_reload() {
  const std::unique_lock lock(changing_, std::try_to_lock);
  if (!lock) return error_response(409, "found another change under way, expected it to be over");
  try {
    change();
  } catch (const Error& error) {
    return error_response(422, error.what() + std::string("; the older models go on answering"));
  }
  return versions_response();
}

HttpResponse AdminApi::answer_rollback() {
  const std::lock_guard lock(changing_);
  if (!versions_.roll_back()) {
    return error_response(409, "found no earlier models, expected a reload before");
  }
  return versions_response();
}

HttpResponse AdminApi::answer_versions() const { return versions_response(); }

HttpResponse AdminApi::versions_response() const {
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object();
  write_version(json, "serving", versions_.current());
  if (const auto previous = versions_.previous()) write_version(json, "previous", *previous);
  json.key("taken_down").begin_array();
  for (const TakenArm& taken : guard_.taken()) write_taken_arm(json, taken);
  json.end_array();
  json.end_object();
  return response;
}

}  // namespace kaskad
