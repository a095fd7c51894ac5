// Stored lists as columns, and as the features that trees are given.
#include "kaskad/dataset/impressions.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/ranking/gbdt_training.h"
#include "names.h"
#include "work.h"

namespace kaskad::python {
namespace {

// One value a list. (lists)
template <typename Field>
auto list_column(const Impressions& lists, Field ImpressionList::* field) {
  std::vector<Field> values;
  values.reserve(lists.size());
  for (size_t l = 0; l < lists.size(); ++l) values.push_back(lists.list(l).*field);
  return to_numpy(std::move(values));
}

// The values of all lists behind each other: (candidates) or (candidates, heads), flat; empty where
// no list has them.
template <typename T>
auto candidate_column(const Impressions& lists, std::span<const T> ImpressionList::* field) {
  std::vector<T> values;
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    values.insert(values.end(), (list.*field).begin(), (list.*field).end());
  }
  return to_numpy(std::move(values));
}

Array<int64_t> offsets_of(const Impressions& lists) {
  std::vector<int64_t> offsets = {0};
  for (size_t l = 0; l < lists.size(); ++l) {
    offsets.push_back(offsets.back() + static_cast<int64_t>(lists.list(l).size()));
  }
  return to_numpy(std::move(offsets));
}

std::vector<std::string> query_texts(const Impressions& lists) {
  std::vector<std::string> texts;
  for (size_t l = 0; l < lists.size(); ++l) texts.emplace_back(lists.list(l).query_text);
  return texts;
}

// (candidates, columns), and the names of the columns.
nb::tuple features_of_lists(const Impressions& lists, const Dataset& dataset, int threads,
                            const nb::object& progress) {
  check_dataset(lists, dataset);
  std::vector<std::string> names;
  auto rows = work_result(progress, [&](const Progress&) {
    const GbdtFeatures features = list_features({}, dataset, lists);
    names = known_names(features.columns());
    return compute_features(features, dataset, lists, threads);
  });
  return nb::make_tuple(to_numpy(std::move(rows), {lists.num_candidates(), names.size()}), names);
}

}  // namespace

void bind_impressions(nb::module_& module) {
  nb::class_<Impressions>(module, "Impressions", "One part of stored lists; read-only.")
      .def_static("open", &Impressions::open, nb::arg("directory"),
                  nb::call_guard<nb::gil_scoped_release>())
      .def("__len__", &Impressions::size)
      .def_prop_ro("hash", &Impressions::hash)
      .def_prop_ro("num_candidates", &Impressions::num_candidates)
      .def_prop_ro("has_queries", &Impressions::has_queries)
      .def_prop_ro(
          "has_clock",
          [](const Impressions& lists) { return lists.facts().time_kind == TimeKind::kClock; })
      .def_prop_ro("heads", [](const Impressions& lists) { return lists.facts().heads; })
      .def_prop_ro("contexts", [](const Impressions& lists) { return lists.facts().contexts; })
      .def_prop_ro("split", [](const Impressions& lists) { return lists.facts().split; })
      .def_prop_ro("split_hash", [](const Impressions& lists) { return lists.facts().split_hash; })
      .def_prop_ro("source_json",
                   [](const Impressions& lists) { return lists.facts().source_json; })
      .def("check",
           [](const Impressions& lists, const Dataset& dataset) { check_dataset(lists, dataset); })
      .def("offsets", &offsets_of)
      .def("user",
           [](const Impressions& lists) { return list_column(lists, &ImpressionList::user); })
      .def("time",
           [](const Impressions& lists) { return list_column(lists, &ImpressionList::time); })
      .def(
          "history_end",
          [](const Impressions& lists) { return list_column(lists, &ImpressionList::history_end); })
      .def("item",
           [](const Impressions& lists) { return candidate_column(lists, &ImpressionList::items); })
      .def(
          "score",
          [](const Impressions& lists) { return candidate_column(lists, &ImpressionList::scores); })
      .def("rank",
           [](const Impressions& lists) { return candidate_column(lists, &ImpressionList::ranks); })
      .def("position",
           [](const Impressions& lists) {
             return candidate_column(lists, &ImpressionList::positions);
           })
      .def(
          "label",
          [](const Impressions& lists) { return candidate_column(lists, &ImpressionList::labels); })
      .def("context",
           [](const Impressions& lists) {
             return candidate_column(lists, &ImpressionList::context);
           })
      .def("queries", &query_texts)
      .def("features", &features_of_lists, nb::arg("dataset"), nb::arg("threads"),
           nb::arg("progress").none());
}

}  // namespace kaskad::python
