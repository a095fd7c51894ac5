// What is served, for who looks at the server: models, stages, versions, the experiment. Everything
// here is asked without a token, so it names no files. Called by service.cc.
#pragma once

#include <string>

#include "kaskad/server/http.h"
#include "kaskad/server/served.h"
#include "kaskad/server/served_versions.h"

namespace kaskad {

// What the server takes beside requests.
struct ServerTakes {
  bool events = false;  // POST /v1/events
  bool admin = false;   // calls under /v1/admin
};

// GET /v1/served
HttpResponse describe_served(const Served& served, const ServedVersions::Version& version,
                             const ServerTakes& takes);

// GET /v1/items/{id}: title, and the features that a cascade reads.
HttpResponse show_item(const Served& served, const std::string& id);

// GET /v1/experiment/users/{id}: the arms of a user, who need not be known.
HttpResponse show_arms(const Served& served, const std::string& user_id);

}  // namespace kaskad
