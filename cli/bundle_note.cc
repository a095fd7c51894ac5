#include "cli/bundle_note.h"

#include "cli/console.h"
#include "kaskad/dataset/describe.h"

namespace kaskad::cli {

void note_if_fitted_for_test(const Bundle& bundle) {
  if (bundle.split_hash.empty()) return;
  const std::string until =
      bundle.time_kind == TimeKind::kClock ? " (nothing after " + iso_time(bundle.now) + ")" : "";
  say("note: '" + bundle.directory + "' was fitted for a test and has not learned its answers" +
      until + "; 'kaskad grid --whole-log' also leaves one of the whole log, 'production'");
}

}  // namespace kaskad::cli
