// Logs in: columns of frames that Python has encoded, or files; and the columns of a dataset back.
#include "kaskad/dataset/dataset.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "kaskad/core/error.h"
#include "kaskad/dataset/describe.h"
#include "kaskad/dataset/encoded_log.h"
#include "kaskad/dataset/ingest.h"
#include "names.h"
#include "work.h"

namespace kaskad::python {
namespace {

// Texts as Arrow's large_string has them: offsets (n + 1) into bytes.
using Texts = std::tuple<Column<int64_t>, Column<uint8_t>>;

std::vector<std::string_view> views_of(const Texts& texts) {
  const auto& [offsets, bytes] = texts;
  const char* base = reinterpret_cast<const char*>(bytes.data());
  std::vector<std::string_view> views;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    const int64_t begin = offsets.data()[i], end = offsets.data()[i + 1];
    if (begin < 0 || end < begin || static_cast<size_t>(end) > bytes.size()) {
      throw Error("texts: offset " + std::to_string(i) + " leads out of their bytes");
    }
    views.emplace_back(base + begin, static_cast<size_t>(end - begin));
  }
  return views;
}

Duplicates parse_duplicates(const std::string& text) {
  for (const Duplicates policy :
       {Duplicates::kKeep, Duplicates::kFirst, Duplicates::kLast, Duplicates::kSum}) {
    if (text == to_string(policy)) return policy;
  }
  throw Error("duplicates: found '" + text + "', expected keep, first, last or sum");
}

void add_categorical(FeatureColumns& features, const std::string& name, const Texts& values,
                     const Column<uint64_t>& offsets, const Column<uint32_t>& codes) {
  const auto views = views_of(values);
  const auto begins = span_of(offsets);
  const auto numbers = span_of(codes);
  features.categorical.push_back({name,
                                  {views.begin(), views.end()},
                                  {begins.begin(), begins.end()},
                                  {numbers.begin(), numbers.end()}});
}

void add_dense(FeatureColumns& features, const std::string& name, size_t dimension,
               const Column<float>& values) {
  const auto numbers = span_of(values);
  features.dense.push_back({name, dimension, {numbers.begin(), numbers.end()}});
}

// As many rows as there are ids, and codes that have a value.
void check_features(const FeatureColumns& features, size_t ids, const std::string& whose) {
  const auto expect = [&](bool holds, const std::string& name, const std::string& what) {
    if (!holds) throw Error(whose + " feature '" + name + "': " + what);
  };
  for (const CategoricalColumn& column : features.categorical) {
    expect(column.offsets.size() == ids + 1 && column.offsets.front() == 0 &&
               column.offsets.back() == column.codes.size() &&
               std::is_sorted(column.offsets.begin(), column.offsets.end()),
           column.name, "its offsets do not lead through its codes");
    for (const uint32_t code : column.codes) {
      expect(code < column.names.size(), column.name, "a code has no value");
    }
  }
  for (const DenseColumn& column : features.dense) {
    expect(column.values.size() == ids * column.dimension, column.name,
           "found " + std::to_string(column.values.size()) + " numbers, expected " +
               std::to_string(ids) + " rows of " + std::to_string(column.dimension));
  }
}

std::string write_dataset(const std::string& directory, const Column<uint32_t>& user,
                          const Column<uint32_t>& item, const std::optional<Column<int64_t>>& time,
                          const std::optional<Column<float>>& weight, bool clock,
                          const Texts& users, const Texts& items,
                          const FeatureColumns& item_features, const FeatureColumns& user_features,
                          const std::string& source_json, const std::string& duplicates,
                          int threads, const nb::object& progress) {
  DatasetContents contents{views_of(users),
                           views_of(items),
                           clock ? TimeKind::kClock : TimeKind::kOrder,
                           {},
                           item_features,
                           user_features,
                           source_json};
  check_features(item_features, contents.items.size(), "item");
  check_features(user_features, contents.users.size(), "user");
  const EncodedLog log{span_of(user), span_of(item), span_of(time), span_of(weight), {}};
  const Duplicates policy = parse_duplicates(duplicates);
  return work_result(progress, [&](const Progress& shown) {
    return write_encoded_log(directory, log, contents, policy, threads, shown);
  });
}

std::string ingest_files(const std::vector<std::string>& paths, const std::string& output,
                         const std::map<std::string, std::string>& columns,
                         const std::string& format,
                         const std::vector<std::string>& item_feature_paths,
                         const std::vector<std::string>& user_feature_paths,
                         const std::map<std::string, float>& action_weights,
                         std::optional<float> min_weight, const std::string& duplicates,
                         uint32_t min_item_count, uint32_t min_history, bool cold_items,
                         uint64_t memory, int threads, const nb::object& progress) {
  const auto column = [&](const char* name) {
    const auto found = columns.find(name);
    return found == columns.end() ? std::string() : found->second;
  };
  IngestOptions options;
  options.paths = paths;
  options.output = output;
  options.log = {.format = format,
                 .delimiter = {},
                 .user_column = column("user_id"),
                 .item_column = column("item_id"),
                 .time_column = column("datetime"),
                 .weight_column = column("weight"),
                 .action_column = column("action"),
                 .threads = threads};
  options.memory = memory;
  options.threads = threads;
  options.action_weights = action_weights;
  options.min_weight = min_weight;
  options.duplicates = parse_duplicates(duplicates);
  options.density.min_item_count = min_item_count;
  options.density.min_history = min_history;
  options.item_feature_paths = item_feature_paths;
  options.user_feature_paths = user_feature_paths;
  options.cold_items = cold_items;
  return work_result(progress, [&](const Progress& shown) {
    return to_json(ingest(options, shown))
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  });
}

std::vector<std::string> feature_names(const FeatureTable& table) {
  std::vector<std::string> names;
  for (const CategoricalFeature& feature : table.categorical) names.push_back(feature.name);
  for (const DenseFeature& feature : table.dense) names.push_back(feature.name);
  return names;
}

}  // namespace

void bind_dataset(nb::module_& module) {
  nb::class_<FeatureColumns>(module, "FeatureColumns", "Features on their way into a dataset.")
      .def(nb::init<>())
      .def("add_categorical", &add_categorical, nb::arg("name"), nb::arg("values"),
           nb::arg("offsets"), nb::arg("codes"),
           "Lists of values: row r has values[codes[offsets[r]:offsets[r + 1]]].")
      .def("add_dense", &add_dense, nb::arg("name"), nb::arg("dimension"), nb::arg("values"),
           "(rows, dimension) numbers, NaN where unknown.");

  module.def("write_dataset", &write_dataset, nb::arg("directory"), nb::arg("user"),
             nb::arg("item"), nb::arg("time").none(), nb::arg("weight").none(), nb::arg("clock"),
             nb::arg("users"), nb::arg("items"), nb::arg("item_features"), nb::arg("user_features"),
             nb::arg("source_json"), nb::arg("duplicates"), nb::arg("threads"),
             nb::arg("progress").none(),
             "Events (n), in the order of the log, become a dataset directory; returns its hash.");
  module.def("ingest", &ingest_files, nb::arg("paths"), nb::arg("output"), nb::arg("columns"),
             nb::arg("format"), nb::arg("item_feature_paths"), nb::arg("user_feature_paths"),
             nb::arg("action_weights"), nb::arg("min_weight").none(), nb::arg("duplicates"),
             nb::arg("min_item_count"), nb::arg("min_history"), nb::arg("cold_items"),
             nb::arg("memory"), nb::arg("threads"), nb::arg("progress").none(),
             "Files become a dataset directory; returns what was read, as JSON.");

  nb::class_<Dataset>(module, "Dataset", "A dataset directory, mapped; read-only.")
      .def_static("open", &Dataset::open, nb::arg("directory"),
                  nb::call_guard<nb::gil_scoped_release>())
      .def_prop_ro("num_users", &Dataset::num_users)
      .def_prop_ro("num_items", &Dataset::num_items)
      .def_prop_ro("num_events", &Dataset::num_events)
      .def_prop_ro("hash", &Dataset::hash)
      .def_prop_ro("directory", &Dataset::directory)
      .def_prop_ro("has_clock",
                   [](const Dataset& data) { return data.time_kind() == TimeKind::kClock; })
      .def_prop_ro("action_names", &Dataset::action_names)
      .def_prop_ro("item_feature_names",
                   [](const Dataset& data) { return feature_names(data.item_features()); })
      .def_prop_ro("user_feature_names",
                   [](const Dataset& data) { return feature_names(data.user_features()); })
      // (users + 1): events of user u are [offsets[u], offsets[u + 1]).
      .def("offsets",
           [](nb::handle self) { return view_of(nb::cast<const Dataset&>(self).offsets(), self); })
      .def("item",
           [](nb::handle self) { return view_of(nb::cast<const Dataset&>(self).item(), self); })
      .def("time",
           [](nb::handle self) { return view_of(nb::cast<const Dataset&>(self).time(), self); })
      .def("weight",
           [](nb::handle self) { return view_of(nb::cast<const Dataset&>(self).weight(), self); })
      // (events), or empty where the log has no actions.
      .def("action",
           [](nb::handle self) { return view_of(nb::cast<const Dataset&>(self).action(), self); })
      .def("user_names",
           [](nb::handle self) { return names_of(nb::cast<const Dataset&>(self).users(), self); })
      .def("item_names",
           [](nb::handle self) { return names_of(nb::cast<const Dataset&>(self).items(), self); });
}

}  // namespace kaskad::python
