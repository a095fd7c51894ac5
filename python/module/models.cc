// Models: fitted on a phase of a dataset, or loaded from a bundle; asked in batches of users, of
// histories or of items.
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/parallel.h"
#include "kaskad/core/stop.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/bm25.h"
#include "kaskad/retrieval/ensemble.h"
#include "kaskad/retrieval/popularity.h"
#include "model.h"
#include "names.h"
#include "work.h"

namespace kaskad::python {
namespace {

constexpr size_t kBatch = 256;  // queries of one call of a retriever

// What all queries of a call have in common.
struct Asking {
  size_t k = 10;
  bool exclude_seen = true;
  std::span<const ItemId> allow = {};
  int64_t now = 0;
  int threads = 1;
};

// (queries, k), best first; kNoItem, score 0 behind the end.
struct Answer {
  std::vector<ItemId> items;
  std::vector<float> scores;

  nb::tuple to_python(size_t k) && {
    const size_t rows = items.size() / k;
    return nb::make_tuple(to_numpy(std::move(items), {rows, k}),
                          to_numpy(std::move(scores), {rows, k}));
  }
};

// Fills `rows` (count, k) of the queries [first, first + count).
using FillRows = std::function<void(size_t first, size_t count, std::span<ScoredItem> rows)>;

Answer answer_batches(size_t count, const Asking& asking, const Progress& progress,
                      const FillRows& fill) {
  if (asking.k == 0) throw Error("k: found 0, expected at least 1");
  Answer answer;
  answer.items.resize(count * asking.k, kNoItem);
  answer.scores.resize(count * asking.k, 0);
  // Rounds, so that progress is told from one thread.
  const size_t batches = (count + kBatch - 1) / kBatch;
  const size_t round = 64 * static_cast<size_t>(std::max(asking.threads, 1));
  for (size_t begin = 0; begin < batches; begin += round) {
    parallel_for(std::min(round, batches - begin), asking.threads, [&](size_t b, int) {
      const size_t first = (begin + b) * kBatch, size = std::min(kBatch, count - first);
      std::vector<ScoredItem> rows(size * asking.k);
      fill(first, size, rows);
      for (size_t i = 0; i < rows.size(); ++i) {
        answer.items[first * asking.k + i] = rows[i].item;
        answer.scores[first * asking.k + i] = rows[i].score;
      }
    });
    report(progress, {"recommending", std::min(count, (begin + round) * kBatch), count, ""});
  }
  return answer;
}

// One query: its history, features and moment.
using MakeQuery = std::function<Query(size_t number)>;

Answer retrieve_all(const Retriever& model, size_t count, const Asking& asking,
                    const Progress& progress, const MakeQuery& make) {
  return answer_batches(count, asking, progress,
                        [&](size_t first, size_t size, std::span<ScoredItem> rows) {
                          std::vector<Query> queries(size);
                          for (size_t i = 0; i < size; ++i) {
                            queries[i] = make(first + i);
                            queries[i].exclude_seen = asking.exclude_seen;
                            queries[i].allow = asking.allow;
                          }
                          model.retrieve(queries, asking.k, rows);
                        });
}

// A handful of questions is not worth a thread of its own.
Answer run_asking(size_t count, const nb::object& progress,
                  const std::function<Answer(const Progress&)>& body) {
  if (count > kBatch) return work_result(progress, body);
  const nb::gil_scoped_release released;
  return body({});
}

void check_ids(std::span<const uint32_t> ids, size_t known, const char* what) {
  for (const uint32_t id : ids) {
    if (id < known) continue;
    throw Error(std::string(what) + ": found number " + std::to_string(id) +
                ", expected one below " + std::to_string(known));
  }
}

void check_dataset(const Model& model, const Dataset& dataset) {
  if (model.retriever->num_items() == dataset.num_items()) return;
  throw Error("the dataset has " + std::to_string(dataset.num_items()) +
              " items, the model knows " + std::to_string(model.retriever->num_items()) +
              "; expected the dataset that it was fitted on");
}

nb::tuple retrieve_users(const Model& model, const Dataset& dataset, const Column<uint32_t>& users,
                         const std::optional<Column<uint32_t>>& ends, size_t k, bool exclude_seen,
                         const std::optional<Column<uint32_t>>& allow, int64_t now, int threads,
                         const nb::object& progress) {
  check_dataset(model, dataset);
  const auto asked = span_of(users), cut = span_of(ends);
  check_ids(asked, dataset.num_users(), "users");
  check_ids(span_of(allow), dataset.num_items(), "items_to_recommend");
  if (ends && cut.size() != dataset.num_users()) throw Error("ends: expected one a user");
  const Asking asking{k, exclude_seen, items_of(span_of(allow)), now, threads};
  return run_asking(asked.size(), progress,
                    [&](const Progress& shown) {
                      return retrieve_all(*model.retriever, asked.size(), asking, shown,
                                          [&](size_t number) {
                                            const UserId user{asked[number]};
                                            Query query;
                                            query.history = dataset.history(user);
                                            if (ends)
                                              query.history = query.history.first(cut[index(user)]);
                                            query.user_features = dataset.features(user);
                                            query.now = now;
                                            return query;
                                          });
                    })
      .to_python(k);
}

// Of users of the model's own bundle, as they were when it was written.
nb::tuple retrieve_stored(const Model& model, const Column<uint32_t>& users, size_t k,
                          bool exclude_seen, const std::optional<Column<uint32_t>>& allow,
                          int threads, const nb::object& progress) {
  if (!model.bundle || model.bundle->users.size() == 0) {
    throw Error("the model stores no histories of users; give a dataset");
  }
  const Bundle& bundle = *model.bundle;
  const auto asked = span_of(users);
  check_ids(asked, bundle.users.size(), "users");
  check_ids(span_of(allow), bundle.items.size(), "items_to_recommend");
  const Asking asking{k, exclude_seen, items_of(span_of(allow)), bundle.now, threads};
  return run_asking(asked.size(), progress,
                    [&](const Progress& shown) {
                      return retrieve_all(
                          *bundle.retriever, asked.size(), asking, shown,
                          [&](size_t number) { return bundle.query(UserId{asked[number]}); });
                    })
      .to_python(k);
}

// Row q of the histories is items[offsets[q], offsets[q + 1]), oldest first.
nb::tuple retrieve_histories(const Model& model, const Column<int64_t>& offsets,
                             const Column<uint32_t>& items,
                             const std::optional<Column<int64_t>>& times, size_t k,
                             bool exclude_seen, const std::optional<Column<uint32_t>>& allow,
                             const std::optional<Column<uint32_t>>& exclude, int64_t now,
                             const std::vector<std::string>& texts, int threads,
                             const nb::object& progress) {
  const auto begin = span_of(offsets);
  const auto events = items_of(span_of(items));
  if (begin.empty() || !std::is_sorted(begin.begin(), begin.end()) || begin.front() < 0 ||
      static_cast<size_t>(begin.back()) > events.size()) {
    throw Error("histories: their offsets do not lead through their items");
  }
  if (times && times->size() != events.size()) throw Error("times: expected one an item");
  const size_t known = model.retriever->num_items();
  check_ids(span_of(items), known, "histories");
  check_ids(span_of(allow), known, "items_to_recommend");
  check_ids(span_of(exclude), known, "items to leave out");
  const size_t count = begin.size() - 1;
  if (!texts.empty() && texts.size() != count) throw Error("texts: expected one a history");
  // Models that read no time are given none.
  const std::vector<int64_t> none(times ? 0 : events.size(), 0);
  const std::span<const int64_t> clock = times ? span_of(times) : std::span<const int64_t>(none);
  const std::vector<float> ones(events.size(), 1);
  const Asking asking{k, exclude_seen, items_of(span_of(allow)), now, threads};
  return run_asking(count, progress,
                    [&](const Progress& shown) {
                      return retrieve_all(
                          *model.retriever, count, asking, shown, [&](size_t number) {
                            const auto at = static_cast<size_t>(begin[number]);
                            const size_t size = static_cast<size_t>(begin[number + 1]) - at;
                            Query query;
                            query.history = {events.subspan(at, size),
                                             clock.subspan(at, size),
                                             std::span(ones).subspan(at, size),
                                             {}};
                            query.exclude = items_of(span_of(exclude));
                            query.now = now;
                            if (!texts.empty()) query.text = texts[number];
                            return query;
                          });
                    })
      .to_python(k);
}

nb::tuple similar_items(const Model& model, const Column<uint32_t>& items, size_t k, int threads,
                        const nb::object& progress) {
  const auto asked = span_of(items);
  check_ids(asked, model.retriever->num_items(), "items");
  return run_asking(
             asked.size(), progress,
             [&](const Progress& shown) {
               return answer_batches(
                   asked.size(), {.k = k, .threads = threads}, shown,
                   [&](size_t first, size_t size, std::span<ScoredItem> rows) {
                     for (size_t i = 0; i < size; ++i) {
                       const auto best = model.retriever->similar(ItemId{asked[first + i]}, k);
                       std::copy(best.begin(), best.end(), rows.begin() + static_cast<long>(i * k));
                     }
                   });
             })
      .to_python(k);
}

Model fit_popularity_model(const Dataset& dataset, const Phase& phase, double window_days,
                           double window_share) {
  std::shared_ptr<PopularityRetriever> model = PopularityRetriever::fit(
      dataset, phase, {.window_days = window_days, .window_share = window_share});
  return {model, [model](const std::string& to) { model->save(to); }, model->config_json()};
}

Model fit_cooc_model(const Dataset& dataset, const Phase& phase, const std::string& blend_json,
                     uint64_t memory, int threads, const nb::object& progress) {
  const Blend blend = nlohmann::json::parse(blend_json).get<Blend>();
  std::shared_ptr<CoocModel> model = work_result(progress, [&](const Progress& shown) {
    return fit_cooc(dataset, phase, blend, {.threads = threads, .memory = memory}, shown);
  });
  return {model, [model](const std::string& to) { model->save(to); }, model->config()};
}

Model fit_bm25_model(const Dataset& dataset, const std::vector<std::string>& columns) {
  const auto model = std::make_shared<Bm25Retriever>(dataset.item_features(), dataset.num_items(),
                                                     columns, Bm25Options{});
  return {model, [model](const std::string& to) { model->save(to); }, model->config_json(),
          model->golden_queries(8)};
}

Model load_model(const std::string& directory) {
  auto bundle = std::make_shared<Bundle>(load_bundle(directory));
  Model model;
  model.retriever = {bundle, bundle->retriever.get()};
  model.bundle = std::move(bundle);
  return model;
}

void save_model(const Model& model, const std::string& directory, const Dataset& dataset,
                const Phase& phase, const std::string& split_hash,
                const std::map<std::string, std::string>& files, const std::string& title_feature) {
  if (!model.save) throw Error("a model that was loaded is its bundle already; copy the directory");
  check_dataset(model, dataset);
  BundleContents contents = BundleContents::of(dataset, phase, split_hash);
  contents.config_json = model.config_json;
  contents.title_feature = title_feature;
  contents.golden_queries = model.golden_queries;
  write_bundle(directory, contents, *model.retriever, [&](const std::string& to) {
    model.save(to);
    for (const auto& [name, text] : files) write_file(to + "/" + name, text);
  });
}

const Bundle& bundle_of(nb::handle self) {
  const auto& model = nb::cast<const Model&>(self);
  if (!model.bundle) throw Error("the model was fitted here, not loaded");
  return *model.bundle;
}

}  // namespace

void bind_models(nb::module_& module) {
  module.attr("NO_ITEM") = index(kNoItem);
  nb::class_<Model>(module, "Model", "A retriever: asked in batches, from any thread.")
      .def_prop_ro("kind", [](const Model& model) { return model.retriever->kind(); })
      .def_prop_ro("num_items", [](const Model& model) { return model.retriever->num_items(); })
      .def_prop_ro("note", [](const Model& model) { return model.retriever->search_note(); })
      .def_prop_ro("reads_query", [](const Model& model) { return model.retriever->reads_query(); })
      .def_prop_ro("is_loaded", [](const Model& model) { return model.bundle != nullptr; })
      .def_ro("config_json", &Model::config_json)
      .def_prop_ro("now", [](nb::handle self) { return bundle_of(self).now; })
      .def_prop_ro("directory", [](nb::handle self) { return bundle_of(self).directory; })
      .def_prop_ro("hash", [](nb::handle self) { return bundle_of(self).hash; })
      .def_prop_ro("manifest", [](nb::handle self) { return bundle_of(self).manifest_text; })
      .def("item_names", [](nb::handle self) { return names_of(bundle_of(self).items, self); })
      .def("user_names", [](nb::handle self) { return names_of(bundle_of(self).users, self); })
      .def("retrieve_users", &retrieve_users, nb::arg("dataset"), nb::arg("users"),
           nb::arg("ends").none(), nb::arg("k"), nb::arg("exclude_seen"), nb::arg("allow").none(),
           nb::arg("now"), nb::arg("threads"), nb::arg("progress").none(),
           "(users) numbers -> items (users, k) uint32 and scores (users, k); NO_ITEM at the end.")
      .def("retrieve_stored", &retrieve_stored, nb::arg("users"), nb::arg("k"),
           nb::arg("exclude_seen"), nb::arg("allow").none(), nb::arg("threads"),
           nb::arg("progress").none())
      .def("retrieve_histories", &retrieve_histories, nb::arg("offsets"), nb::arg("items"),
           nb::arg("times").none(), nb::arg("k"), nb::arg("exclude_seen"), nb::arg("allow").none(),
           nb::arg("exclude").none(), nb::arg("now"), nb::arg("texts"), nb::arg("threads"),
           nb::arg("progress").none())
      .def("similar", &similar_items, nb::arg("items"), nb::arg("k"), nb::arg("threads"),
           nb::arg("progress").none())
      .def("save", &save_model, nb::arg("directory"), nb::arg("dataset"), nb::arg("phase"),
           nb::arg("split_hash"), nb::arg("files"), nb::arg("title_feature"),
           nb::call_guard<nb::gil_scoped_release>());
  module.def("fit_popularity", &fit_popularity_model, nb::arg("dataset"), nb::arg("phase"),
             nb::arg("window_days"), nb::arg("window_share"),
             nb::call_guard<nb::gil_scoped_release>());
  module.def("fit_cooc", &fit_cooc_model, nb::arg("dataset"), nb::arg("phase"), nb::arg("blend"),
             nb::arg("memory"), nb::arg("threads"), nb::arg("progress").none(),
             "`blend` as bundles keep it, JSON.");
  module.def("fit_bm25", &fit_bm25_model, nb::arg("dataset"), nb::arg("columns"),
             nb::call_guard<nb::gil_scoped_release>());
  module.def("load_bundle", &load_model, nb::arg("directory"),
             nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace kaskad::python
