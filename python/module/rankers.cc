// Rankers, loaded from bundles of any kind: lists of candidates in, scores out, without the GIL.
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/ranker_kinds.h"
#include "names.h"
#include "rank_lists.h"
#include "work.h"

namespace kaskad::python {
namespace {

constexpr size_t kListsPerCall = 32;     // of a ranker, as when lists are measured
constexpr size_t kListsAtOnce = 8;       // fewer are not worth a thread of their own
constexpr size_t kBatchesPerRound = 64;  // of a thread, so that progress is told from one thread

// (candidates, width) of what `ask(requests, out)` gives for some lists at a time.
template <typename Ask>
std::vector<float> ask_all(const RankLists& lists, size_t width, int threads,
                           const Progress& progress, const Ask& ask) {
  std::vector<float> out(lists.candidates.size() * width);
  const auto offsets = span_of(lists.offsets);
  const size_t batches = (lists.size() + kListsPerCall - 1) / kListsPerCall;
  const size_t round = kBatchesPerRound * static_cast<size_t>(std::max(threads, 1));
  for (size_t begin = 0; begin < batches; begin += round) {
    parallel_for(std::min(round, batches - begin), threads, [&](size_t b, int) {
      const size_t first = (begin + b) * kListsPerCall;
      const size_t last = std::min(lists.size(), first + kListsPerCall);
      std::vector<RankRequest> requests;
      for (size_t l = first; l < last; ++l) requests.push_back(lists.request(l));
      const auto from = static_cast<size_t>(offsets[first]),
                 to = static_cast<size_t>(offsets[last]);
      ask(std::span<const RankRequest>(requests),
          std::span(out).subspan(from * width, (to - from) * width));
    });
    const size_t done = std::min(lists.size(), (begin + round) * kListsPerCall);
    report(progress, {"ranking", done, lists.size(), ""});
  }
  return out;
}

template <typename Ask>
std::vector<float> run_ranking(const RankLists& lists, size_t width, int threads,
                               const nb::object& progress, const Ask& ask) {
  if (lists.size() > kListsAtOnce) {
    return work_result(progress, [&](const Progress& shown) {
      return ask_all(lists, width, threads, shown, ask);
    });
  }
  const nb::gil_scoped_release released;
  return ask_all(lists, width, threads, {}, ask);
}

// (candidates) final scores.
Array<float> rank_lists(const RankerBundle& bundle, const RankLists& lists, int threads,
                        const nb::object& progress) {
  lists.check(bundle);
  return to_numpy(run_ranking(lists, 1, threads, progress, [&](auto requests, auto out) {
    bundle.ranker->score(requests, out);
  }));
}

// (candidates) final scores and (candidates, heads) those that they are made of.
nb::tuple rank_lists_by_head(const RankerBundle& bundle, const RankLists& lists, int threads,
                             const nb::object& progress) {
  lists.check(bundle);
  const Ranker& ranker = *bundle.ranker;
  const size_t heads = ranker.heads().size(), candidates = lists.candidates.size();
  auto by_head = run_ranking(lists, heads, threads, progress,
                             [&](auto requests, auto out) { ranker.score_heads(requests, out); });
  std::vector<float> scores(candidates);
  ranker.combine(by_head, scores);
  return nb::make_tuple(to_numpy(std::move(scores)),
                        to_numpy(std::move(by_head), {candidates, heads}));
}

// (candidates, feature_names) of what the ranker computes before it scores.
Array<float> list_features_of(const RankerBundle& bundle, const RankLists& lists, int threads,
                              const nb::object& progress) {
  lists.check(bundle);
  const Ranker& ranker = *bundle.ranker;
  const size_t width = ranker.feature_names().size();
  auto rows = run_ranking(lists, width, threads, progress, [&](auto requests, auto out) {
    size_t place = 0;
    for (const RankRequest& request : requests) {
      const size_t size = request.candidates.size() * width;
      ranker.features(request, out.subspan(place, size));
      place += size;
    }
  });
  return to_numpy(std::move(rows), {lists.candidates.size(), width});
}

// (candidates, heads) scores -> probabilities of each head's own curve.
Array<float> probabilities_of(const RankerBundle& bundle,
                              const nb::ndarray<const float, nb::ndim<2>, nb::c_contig>& by_head) {
  if (!bundle.calibration) {
    throw Error("ranker '" + bundle.directory +
                "' has no probabilities; kaskad.calibrate gives it some");
  }
  const size_t rows = by_head.shape(0), heads = by_head.shape(1);
  check_length(heads, bundle.calibration->heads.size(), "heads");
  std::vector<float> out(rows * heads);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = bundle.calibration->probability(i % heads, by_head.data()[i]);
  }
  return to_numpy(std::move(out), {rows, heads});
}

std::map<std::string, float> head_weights(const RankerBundle& bundle) {
  std::map<std::string, float> weights;
  for (const Head& head : bundle.ranker->heads()) weights[head.name] = head.weight;
  return weights;
}

std::vector<std::string> head_names(const RankerBundle& bundle) {
  std::vector<std::string> names;
  for (const Head& head : bundle.ranker->heads()) names.push_back(head.name);
  return names;
}

}  // namespace

void bind_rankers(nb::module_& module) {
  register_ranker_kinds();
  module.attr("NO_USER") = index(kNoUser);
  bind_rank_lists(module);
  nb::class_<RankerBundle>(module, "Ranker",
                           "A ranker: asked in batches of lists, from any thread.")
      .def_ro("kind", &RankerBundle::kind)
      .def_ro("directory", &RankerBundle::directory)
      .def_ro("hash", &RankerBundle::hash)
      .def_ro("manifest", &RankerBundle::manifest_text)
      .def_ro("split_hash", &RankerBundle::split_hash)
      .def_prop_ro("has_clock",
                   [](const RankerBundle& bundle) { return bundle.time_kind == TimeKind::kClock; })
      .def_prop_ro("is_calibrated",
                   [](const RankerBundle& bundle) { return bundle.calibration.has_value(); })
      .def_prop_ro("head_names", &head_names)
      .def_prop_ro("head_weights", &head_weights)
      .def_prop_ro("context_names",
                   [](const RankerBundle& bundle) { return bundle.ranker->context_names(); })
      .def_prop_ro("action_names",
                   [](const RankerBundle& bundle) { return bundle.ranker->action_names(); })
      .def_prop_ro("feature_names",
                   [](const RankerBundle& bundle) { return bundle.ranker->feature_names(); })
      .def(
          "item_names",
          [](nb::handle self) { return names_of(nb::cast<const RankerBundle&>(self).items, self); })
      .def(
          "user_names",
          [](nb::handle self) { return names_of(nb::cast<const RankerBundle&>(self).users, self); })
      .def("rank", &rank_lists, nb::arg("lists"), nb::arg("threads"), nb::arg("progress").none())
      .def("rank_by_head", &rank_lists_by_head, nb::arg("lists"), nb::arg("threads"),
           nb::arg("progress").none())
      .def("features", &list_features_of, nb::arg("lists"), nb::arg("threads"),
           nb::arg("progress").none())
      .def("probabilities", &probabilities_of, nb::arg("by_head"));
  module.def("load_ranker", &load_ranker_bundle, nb::arg("folder"),
             nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace kaskad::python
