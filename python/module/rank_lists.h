// What a ranker is asked, as Python's arrays: many lists of candidates with the histories, moments
// and numbers that belong to them. Made of frames by kaskad/_rank_requests.py.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arrays.h"
#include "kaskad/model/ranker_bundle.h"

namespace kaskad::python {

// Throws Error naming `what` where there is another number of values.
void check_length(size_t found, size_t expected, const std::string& what);

// All in the ranker's numbers; read in place, so that the arrays must not change meanwhile.
// Candidates of list l are [offsets[l], offsets[l + 1]), its events [begins[l], begins[l + 1]).
struct RankLists {
  Column<int64_t> offsets;
  Column<uint32_t> candidates;
  Column<int64_t> begins;
  Column<uint32_t> history;                         // (events), oldest first
  Column<int64_t> times;                            // (events)
  std::optional<Column<uint8_t>> actions;           // (events)
  Column<uint32_t> users;                           // (lists)
  Column<int64_t> now;                              // (lists)
  std::optional<Column<float>> scores;              // (candidates)
  std::optional<Column<uint32_t>> ranks;            // (candidates)
  std::optional<Column<float>> context;             // (candidates, contexts), flat
  std::optional<std::vector<std::string>> queries;  // (lists)

  size_t size() const { return users.size(); }
  // Throws Error where lengths do not agree, or an event is of an item that the ranker lacks.
  void check(const RankerBundle& bundle) const;
  // Spans into the arrays.
  RankRequest request(size_t number) const;
};

void bind_rank_lists(nb::module_& module);

}  // namespace kaskad::python
