// NumPy arrays in and out of the engine: read in place, and handed over without a copy.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kaskad/core/ids.h"

namespace kaskad::python {

namespace nb = nanobind;

// (n) of T, contiguous; a view of the caller's memory. Arrays of another type are refused.
template <typename T>
using Column = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename T>
std::span<const T> span_of(const Column<T>& column) {
  return {column.data(), column.size()};
}

template <typename T>
std::span<const T> span_of(const std::optional<Column<T>>& column) {
  return column ? span_of(*column) : std::span<const T>();
}

// Ids as the engine has them over an array of their numbers.
inline std::span<const ItemId> items_of(std::span<const uint32_t> numbers) {
  return {reinterpret_cast<const ItemId*>(numbers.data()), numbers.size()};
}

// The type that NumPy sees: an enum is its number.
template <typename T>
struct Plain {
  using type = T;
};
template <typename T>
  requires std::is_enum_v<T>
struct Plain<T> {
  using type = std::underlying_type_t<T>;
};

template <typename T>
using Array = nb::ndarray<nb::numpy, typename Plain<T>::type>;
template <typename T>
using View = nb::ndarray<nb::numpy, const typename Plain<T>::type>;

// The vector's memory becomes the array's. `shape` empty: (values.size()).
template <typename T>
Array<T> to_numpy(std::vector<T>&& values, std::initializer_list<size_t> shape = {}) {
  auto owned = std::make_unique<std::vector<T>>(std::move(values));
  auto* data = reinterpret_cast<typename Plain<T>::type*>(owned->data());
  const size_t flat[] = {owned->size()};
  nb::capsule owner(owned.get(),
                    [](void* held) noexcept { delete static_cast<std::vector<T>*>(held); });
  owned.release();
  if (shape.size() == 0) return Array<T>(data, 1, flat, owner);
  return Array<T>(data, shape.size(), shape.begin(), owner);
}

// Read-only; keeps `owner`, which holds the memory, alive.
template <typename T>
View<T> view_of(std::span<const T> values, nb::handle owner) {
  const size_t shape[] = {values.size()};
  return View<T>(reinterpret_cast<const typename Plain<T>::type*>(values.data()), 1, shape, owner);
}

}  // namespace kaskad::python
