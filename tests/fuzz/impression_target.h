// What the fuzz entry of kaskad/dataset/impression_log does with its bytes; tests/dataset runs it
// over a few nasty seeds too. Any input must end in lists that keep their promises or in an Error.
#pragma once

#include <cstdlib>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/dataset/impression_log.h"

namespace kaskad::fuzz {

inline void promise_lists(const ImpressionLog& log) {
  bool kept = !log.lists.empty();
  for (const LoggedList& list : log.lists) {
    kept &= !list.request.empty() && !list.user.empty();
    for (const LoggedItem& item : list.items) kept &= item.context.size() == log.contexts.size();
  }
  if (!kept) std::abort();
}

inline void impressions(const std::string& bytes) {
  for (const ImpressionForm form : {ImpressionForm::kLong, ImpressionForm::kTrivago}) {
    try {
      promise_lists(read_impression_log_in_memory(bytes, "fuzz", form));
    } catch (const Error&) {
    }
  }
}

}  // namespace kaskad::fuzz
