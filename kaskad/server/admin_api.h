// The calls of who runs the server: models are read anew, and had back. docs/http.md describes
// them.
#pragma once

#include <functional>
#include <mutex>

#include "kaskad/server/arm_guard.h"
#include "kaskad/server/http.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/one_thread.h"
#include "kaskad/server/served_versions.h"

namespace kaskad {

// Thread-safe; one change at a time.
class AdminApi {
 public:
  // `load` reads what lies where the server's models come from; throws Error. May be empty: then
  // nothing can be read anew.
  AdminApi(ServedVersions& versions, Metrics& metrics, const ArmGuard& guard,
           std::function<Bundles()> load);

  // Throws Error when what lies there cannot be served, and the older one goes on.
  void reload();

  HttpResponse answer_reload();    // 200; 409 while another is under way; 422 with why it cannot be
  HttpResponse answer_rollback();  // 200; 409 where there is nothing before
  HttpResponse answer_versions() const;

 private:
  void change();  // by who has `changing_`
  HttpResponse versions_response() const;

  ServedVersions& versions_;
  Metrics& metrics_;
  const ArmGuard& guard_;
  const std::function<Bundles()> load_;
  std::mutex changing_;
  OneThread loader_;
};

}  // namespace kaskad
