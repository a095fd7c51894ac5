// What the fuzz entry of kaskad/doctor/metrics_text does with its bytes; tests/doctor runs it over
// a few nasty seeds too. Any input must end in figures that can be judged, or in an Error.
#pragma once

#include <string>

#include "kaskad/core/error.h"
#include "kaskad/doctor/condition.h"

namespace kaskad::fuzz {

inline void metrics_text(const std::string& bytes) {
  try {
    const auto text = doctor::MetricsText::parse(bytes, "fuzz");
    const doctor::Readings readings(text, text, 10, 1.7e9);
    (void)doctor::judge(readings);
    (void)readings.quantile("kaskad_request_seconds", 0.99);
  } catch (const Error&) {
  }
}

}  // namespace kaskad::fuzz
