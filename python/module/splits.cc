// Splits of a dataset, and phases that Python has cut itself.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/core/error.h"
#include "kaskad/dataset/split.h"
#include "kaskad/dataset/split_roles.h"

namespace kaskad::python {
namespace {

// One column of the cases. (cases)
template <typename Field>
auto case_column(const Phase& phase, Field EvalCase::* field) {
  std::vector<Field> values;
  for (const EvalCase& one : phase.cases) values.push_back(one.*field);
  return to_numpy(std::move(values));
}

// Users who have events behind fit_end are asked for them.
Phase phase_after(const Dataset& dataset, const Column<uint32_t>& fit_end) {
  const auto ends = span_of(fit_end);
  if (ends.size() != dataset.num_users()) {
    throw Error("fit_end: found " + std::to_string(ends.size()) + " values, expected " +
                std::to_string(dataset.num_users()) + ", one a user");
  }
  Phase phase;
  phase.name = "test";
  phase.fit_end.assign(ends.begin(), ends.end());
  bool any = false;
  for (uint32_t user = 0; user < ends.size(); ++user) {
    const History history = dataset.history(UserId{user});
    if (ends[user] > history.size()) {
      throw Error("fit_end of user " + std::to_string(user) + ": found " +
                  std::to_string(ends[user]) + ", expected at most " +
                  std::to_string(history.size()) + ", the length of the history");
    }
    if (ends[user] > 0) {
      const int64_t last = history.times[ends[user] - 1];
      phase.horizon = any ? std::max(phase.horizon, last) : last;
      any = true;
    }
    if (ends[user] < history.size()) {
      phase.cases.push_back({UserId{user}, ends[user], static_cast<uint32_t>(history.size())});
    }
  }
  return phase;
}

Split split_of_phase(Phase test) {
  Split split;
  split.options.min_history = 0;
  split.hash = "given";
  split.test = std::move(test);
  return split;
}

// What becomes of each event: codes (events) into the names.
nb::tuple roles_of(const Dataset& dataset, const Split& split) {
  const SplitRoles roles(dataset, split);
  std::vector<std::string> names;
  std::vector<uint8_t> codes;
  codes.reserve(dataset.num_events());
  for (uint32_t user = 0; user < dataset.num_users(); ++user) {
    const size_t length = dataset.history(UserId{user}).size();
    for (size_t position = 0; position < length; ++position) {
      const std::string_view role = roles.role(user, position);
      const auto found = std::find(names.begin(), names.end(), role);
      codes.push_back(static_cast<uint8_t>(found - names.begin()));
      if (found == names.end()) names.emplace_back(role);
    }
  }
  return nb::make_tuple(to_numpy(std::move(codes)), names);
}

}  // namespace

void bind_splits(nb::module_& module) {
  nb::class_<Phase>(module, "Phase", "One fit and the questions put to it.")
      .def_ro("name", &Phase::name)
      .def_ro("horizon", &Phase::horizon, "No learned event is later.")
      .def_ro("cut", &Phase::cut)
      .def_prop_ro(
          "fit_end", [](const Phase& phase) { return to_numpy(std::vector(phase.fit_end)); },
          nb::rv_policy::reference)
      .def_prop_ro(
          "case_user", [](const Phase& phase) { return case_column(phase, &EvalCase::user); },
          nb::rv_policy::reference)
      .def_prop_ro(
          "case_history_end",
          [](const Phase& phase) { return case_column(phase, &EvalCase::history_end); },
          nb::rv_policy::reference)
      .def_prop_ro(
          "case_target_end",
          [](const Phase& phase) { return case_column(phase, &EvalCase::target_end); },
          nb::rv_policy::reference);
  nb::class_<Split>(module, "Split", "What may be learned from and what is asked.")
      .def_ro("hash", &Split::hash)
      .def_ro("warnings", &Split::warnings)
      .def_ro("validations", &Split::validations)
      .def_ro("test", &Split::test)
      .def_prop_ro("text", [](const Split& split) { return split.options.to_string(); })
      .def_prop_ro("cuts_in_time",
                   [](const Split& split) { return split.options.kind == SplitKind::kGlobalTime; })
      .def("phases_json", [](const Split& split) { return phases_json(split).dump(); });
  module.def(
      "make_split",
      [](const Dataset& dataset, const std::string& text) {
        return make_split(dataset, SplitOptions::parse(text));
      },
      nb::arg("dataset"), nb::arg("text"), nb::call_guard<nb::gil_scoped_release>());
  module.def("whole_log", &whole_log, nb::arg("dataset"),
             "The phase that learns from everything and asks nothing.");
  module.def("phase_after", &phase_after, nb::arg("dataset"), nb::arg("fit_end"),
             "(users) events are learned; what comes behind them is asked.");
  module.def("split_of_phase", &split_of_phase, nb::arg("phase"));
  module.def("roles", &roles_of, nb::arg("dataset"), nb::arg("split"));
}

}  // namespace kaskad::python
