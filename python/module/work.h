// Long work of the engine, called from Python: without the GIL, ended by Ctrl-C, its progress shown
// to the caller's function.
#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <optional>
#include <utility>

#include "kaskad/core/progress.h"

namespace kaskad::python {

namespace nb = nanobind;

// Runs `body` on a thread of its own while the calling one waits without the GIL, looks for signals
// ten times a second, and calls `listener(stage, done, total, note)`, or nobody where it is None.
// What a signal's handler or the listener raises stops the work and goes on from here.
void run_work(const nb::object& listener, const std::function<void(const Progress&)>& body);

// The same for work with a result.
template <typename Body>
auto work_result(const nb::object& listener, Body&& body) {
  std::optional<decltype(body(std::declval<const Progress&>()))> result;
  run_work(listener, [&](const Progress& progress) { result.emplace(body(progress)); });
  return std::move(*result);
}

}  // namespace kaskad::python
