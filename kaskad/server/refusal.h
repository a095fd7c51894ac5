// Why a request gets no answer, whatever it came over.
#pragma once

#include <optional>
#include <string>

namespace kaskad {

// Expected outcomes, not exceptions.
struct Refusal {
  int status;  // as HTTP counts them; other transports translate it
  std::string why;
  int retry_after = 1;  // seconds, with 429 and 503
};
using MaybeRefusal = std::optional<Refusal>;

}  // namespace kaskad
