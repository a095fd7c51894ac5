// What each file of module/ adds to kaskad._kaskad. Called by module.cc.
#pragma once

#include <nanobind/nanobind.h>

namespace kaskad::python {

void bind_dataset(nanobind::module_& module);
void bind_splits(nanobind::module_& module);
void bind_models(nanobind::module_& module);
void bind_evaluation(nanobind::module_& module);
void bind_grid(nanobind::module_& module);
void bind_impressions(nanobind::module_& module);
void bind_rankers(nanobind::module_& module);

}  // namespace kaskad::python
