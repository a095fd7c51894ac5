// What the fuzz entry of kaskad/dataset/impression_log does with its bytes; tests/dataset runs it
// over a few nasty seeds too. Any input must end in lists that keep their promises or in an Error.
#pragma once

#include <cstdlib>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/dataset/impression_log.h"

namespace kaskad::fuzz {

inline void promise_lists(ImpressionReader& log) {
  LoggedList list;
  while (log.next(list)) {
    bool kept = !list.request.empty();
    for (const LoggedItem& item : list.items) {
      kept &= !item.item.empty() || log.fields().contexts.size() == 1;  // trivago: as between ||
      kept &= item.context.size() == log.fields().contexts.size();
    }
    if (!kept) std::abort();
  }
}

inline void impressions(const std::string& bytes) {
  std::vector<ImpressionOptions> all(3);
  all[1].form = ImpressionForm::kTrivago;
  all[2].columns = {.request = "1", .item = "2", .query = "none", .action = "3"};
  all[2].first_position = 0;
  all[2].open_requests = 1;
  for (const ImpressionOptions& options : all) {
    try {
      promise_lists(*open_impressions_in_memory(bytes, "fuzz", options));
    } catch (const Error&) {
    }
  }
}

}  // namespace kaskad::fuzz
