// The names of an id map, for Python to make ids of.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "arrays.h"
#include "kaskad/dataset/id_map.h"

namespace kaskad::python {

// (offsets, bytes) as Arrow's large_string has them; views that keep `owner` alive.
inline nb::tuple names_of(const IdMap& ids, nb::handle owner) {
  const std::string_view bytes = ids.bytes();
  return nb::make_tuple(
      view_of(ids.offsets(), owner),
      view_of(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), owner));
}

}  // namespace kaskad::python
