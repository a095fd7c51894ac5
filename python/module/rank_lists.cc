#include "rank_lists.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad::python {
namespace {

void check_offsets(std::span<const int64_t> offsets, size_t lists, size_t values,
                   const std::string& what) {
  check_length(offsets.size(), lists + 1, what);
  if (offsets.front() == 0 && std::ranges::is_sorted(offsets) &&
      static_cast<size_t>(offsets.back()) == values) {
    return;
  }
  throw Error(what + ": they do not lead through the " + std::to_string(values) + " values");
}

}  // namespace

void check_length(size_t found, size_t expected, const std::string& what) {
  if (found == expected) return;
  throw Error(what + ": found " + std::to_string(found) + " values, expected " +
              std::to_string(expected));
}

void RankLists::check(const RankerBundle& bundle) const {
  const size_t count = size(), shown = candidates.size();
  check_offsets(span_of(offsets), count, shown, "offsets of candidates");
  check_offsets(span_of(begins), count, history.size(), "offsets of histories");
  check_length(times.size(), history.size(), "times");
  if (actions) check_length(actions->size(), history.size(), "actions");
  check_length(now.size(), count, "moments");
  if (scores) check_length(scores->size(), shown, "scores");
  if (ranks) check_length(ranks->size(), shown, "ranks");
  if (queries) check_length(queries->size(), count, "queries");
  if (context) {
    const size_t contexts = bundle.ranker->context_names().size();
    check_length(context->size(), shown * contexts, "context");
  }
  const auto known = [&](uint32_t item) { return item < bundle.items.size(); };
  if (!std::ranges::all_of(span_of(history), known)) {
    throw Error("histories: found an item that the ranker does not know");
  }
}

RankRequest RankLists::request(size_t number) const {
  const auto begin = static_cast<size_t>(offsets.data()[number]);
  const size_t count = static_cast<size_t>(offsets.data()[number + 1]) - begin;
  const auto first = static_cast<size_t>(begins.data()[number]);
  const size_t events = static_cast<size_t>(begins.data()[number + 1]) - first;
  const auto part = [&](const auto& column, size_t from, size_t length) {
    return column ? span_of(column).subspan(from, length) : span_of(column);
  };
  RankRequest request;
  request.user = UserId{users.data()[number]};
  request.history = {items_of(span_of(history)).subspan(first, events),
                     span_of(times).subspan(first, events),
                     {},
                     part(actions, first, events)};
  request.now = now.data()[number];
  request.candidates = items_of(span_of(candidates)).subspan(begin, count);
  request.scores = part(scores, begin, count);
  request.ranks = part(ranks, begin, count);
  if (context && candidates.size() > 0) {
    const size_t contexts = context->size() / candidates.size();
    request.context = span_of(context).subspan(begin * contexts, count * contexts);
  }
  if (queries) request.query = (*queries)[number];
  return request;
}

void bind_rank_lists(nb::module_& module) {
  nb::class_<RankLists>(module, "RankLists", "Lists of candidates; read in place.")
      .def(
          "__init__",
          [](RankLists* self, Column<int64_t> offsets, Column<uint32_t> candidates,
             Column<int64_t> begins, Column<uint32_t> history, Column<int64_t> times,
             std::optional<Column<uint8_t>> actions, Column<uint32_t> users, Column<int64_t> now,
             std::optional<Column<float>> scores, std::optional<Column<uint32_t>> ranks,
             std::optional<Column<float>> context,
             std::optional<std::vector<std::string>> queries) {
            new (self) RankLists{std::move(offsets), std::move(candidates), std::move(begins),
                                 std::move(history), std::move(times),      std::move(actions),
                                 std::move(users),   std::move(now),        std::move(scores),
                                 std::move(ranks),   std::move(context),    std::move(queries)};
          },
          nb::kw_only(), nb::arg("offsets"), nb::arg("candidates"), nb::arg("begins"),
          nb::arg("history"), nb::arg("times"), nb::arg("actions").none(), nb::arg("users"),
          nb::arg("now"), nb::arg("scores").none(), nb::arg("ranks").none(),
          nb::arg("context").none(), nb::arg("queries").none());
}

}  // namespace kaskad::python
