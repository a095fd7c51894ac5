#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/ranking/cross_counters.h"
#include "kaskad/ranking/feature_groups.h"
#include "kaskad/ranking/onnx_source_features.h"
#include "kaskad/ranking/onnx_source_parts.h"

namespace kaskad {
namespace {

using Kind = OnnxSource::Kind;

OnnxSource candidate_items(const SourceParts& parts) {
  return {Kind::kIds,
          true,
          {},
          [items = parts.tables.num_items](const RankRequest& request, const OnnxHistory&,
                                           OnnxValues& out) {
            for (const ItemId item : request.candidates) out.whole.push_back(id_token(item, items));
          }};
}

OnnxSource candidate_feature(const SourceParts& parts) {
  const OnnxFeature feature(parts.input, parts.tables.items.get(), "items");
  return {feature.kind(), true, feature.shape(),
          [feature](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            for (const ItemId item : request.candidates) feature.append(index(item), out);
          }};
}

OnnxSource candidate_score(const SourceParts&) {
  return {Kind::kNumbers,
          true,
          {},
          [](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            out.numbers.assign(request.scores.begin(), request.scores.end());
            out.numbers.resize(request.candidates.size(), kMissing);
          }};
}

OnnxSource candidate_rank(const SourceParts&) {
  return {Kind::kNumbers,
          true,
          {},
          [](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            for (const uint32_t rank : request.ranks) {
              out.numbers.push_back(rank > 0 ? static_cast<float>(rank) : kMissing);
            }
            out.numbers.resize(request.candidates.size(), kMissing);
          }};
}

OnnxSource candidate_context(const SourceParts& parts) {
  const auto& names = parts.tables.contexts;
  const auto found = std::ranges::find(names, parts.input.feature);
  if (found == names.end()) {
    throw Error(parts.input.place + ": found feature '" + parts.input.feature +
                "' of the context, expected " + one_of(names, parts.input.feature));
  }
  return {Kind::kNumbers,
          true,
          {},
          [column = static_cast<size_t>(found - names.begin()), width = names.size()](
              const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            for (size_t at = column; at < request.context.size(); at += width) {
              out.numbers.push_back(request.context[at]);
            }
            out.numbers.resize(request.candidates.size(), kMissing);
          }};
}

// Where the named columns lie; none named: all.
std::vector<size_t> selected_columns(const OnnxInput& input,
                                     const std::vector<std::string>& known) {
  std::vector<size_t> places;
  for (const std::string& name : input.columns.empty() ? known : input.columns) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      throw Error(input.place + ": found column '" + name + "', expected " + one_of(known, name));
    }
    places.push_back(static_cast<size_t>(found - known.begin()));
  }
  return places;
}

// Columns of `rows` (candidates, width).
void select_columns(std::span<const float> rows, size_t width, std::span<const size_t> columns,
                    std::vector<float>& out) {
  for (size_t begin = 0; begin < rows.size(); begin += width) {
    for (const size_t column : columns) out.push_back(rows[begin + column]);
  }
}

OnnxSource ranking_features(const SourceParts& parts) {
  KASKAD_ASSERT(parts.tables.features != nullptr);
  auto columns = selected_columns(parts.input, known_names(parts.tables.features->columns()));
  const auto shape = static_cast<int64_t>(columns.size());
  return {Kind::kNumbers,
          true,
          {shape},
          [columns = std::move(columns), &features = *parts.tables.features](
              const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            const size_t width = features.columns().size();
            std::vector<float> rows(request.candidates.size() * width);
            features.compute({&request, 1}, rows);
            select_columns(rows, width, columns, out.numbers);
          }};
}

OnnxSource counters(const SourceParts& parts) {
  if (!parts.tables.counters) {
    throw Error(parts.input.place +
                ": found 'counters' without the key 'counters', expected there the directory of a "
                "counter store");
  }
  auto columns = selected_columns(parts.input, parts.tables.counters->store().feature_names());
  const auto shape = static_cast<int64_t>(columns.size());
  return {Kind::kNumbers,
          true,
          {shape},
          [columns = std::move(columns), &counters = *parts.tables.counters](
              const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            const size_t width = counters.store().num_features();
            std::vector<float> rows(request.candidates.size() * width);
            counters.answer(counter_request(request), rows);
            select_columns(rows, width, columns, out.numbers);
          }};
}

}  // namespace

void add_candidate_sources(SourceEntries& entries) {
  entries["candidate.context"] = {candidate_context, true};
  entries["candidate.feature"] = {candidate_feature, true};
  entries["candidate.items"] = {candidate_items, false};
  entries["candidate.rank"] = {candidate_rank, false};
  entries["candidate.score"] = {candidate_score, false};
  entries["counters"] = {counters, false};
  entries["features"] = {ranking_features, false};
}

}  // namespace kaskad
