// Errors of XGBoost's C API as ours: private to kaskad/ranking/.
#pragma once

#include <xgboost/c_api.h>

#include <string>

#include "kaskad/core/error.h"

namespace kaskad {

// The first line: what follows is a stack trace.
inline std::string xgboost_error() {
  const std::string text = XGBGetLastError();
  return text.substr(0, text.find('\n'));
}

// `doing` as in "read 'model.ubj'".
inline void must(int status, const std::string& doing) {
  if (status != 0) throw Error("XGBoost cannot " + doing + ": " + xgboost_error());
}

// How its calls take arrays: {"data": [address, read-only], "shape": [rows, columns], ...}.
inline std::string array_interface(const float* data, size_t rows, size_t columns) {
  return "{\"data\":[" + std::to_string(reinterpret_cast<uintptr_t>(data)) + ",true],\"shape\":[" +
         std::to_string(rows) + "," + std::to_string(columns) +
         "],\"typestr\":\"<f4\",\"version\":3}";
}

}  // namespace kaskad
