// The table of metrics: name, printed definition, and what one case adds. A profile picks the
// definitions of another library, so that figures can be compared with those it printed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/eval/fit_counts.h"
#include "kaskad/eval/item_distance.h"
#include "kaskad/eval/rank_metrics.h"

namespace kaskad {

enum class Profile : uint32_t { kKaskad = 1, kRecTools = 2, kRecBole = 4, kImplicit = 8 };

Profile parse_profile(const std::string& text);  // "kaskad", "rectools", ...; throws Error
std::string to_string(Profile profile);
// What the library's figures mean where scores tie: it sees lists, so that places are ranks.
TieRule tie_rule_of(Profile profile);

// What the lists are held against: the catalogue as it was learned.
struct Catalogue {
  size_t num_items = 0;
  FitCounts counts;
  ItemDistance distance;

  Catalogue(const Dataset& dataset, const Phase& phase);
};

// What a metric sees of one case. `list` has the first k items at most, best first; kNoItem in it
// is a place without a known item.
struct CaseView {
  std::span<const double> ranks;         // of the found targets, ascending
  size_t relevant = 0;                   // targets asked for
  std::span<const ItemId> targets;       // (relevant)
  std::span<const double> target_ranks;  // (relevant), infinite where not found
  std::span<const ItemId> list;
};

// A metric is sum(part) / sum(whole) over the cases; whole is 1 for plain means over users.
struct Ratio {
  double part = 0, whole = 1;
};

struct Metric {
  std::string name;        // "ndcg@10"
  std::string definition;  // one sentence, with the k
  size_t k = 0;
  Ratio (*of_case)(const CaseView&, size_t k, const Catalogue&) = nullptr;
  // Metrics of all lists together have no value per case: `counts` is how often each item of the
  // catalogue stands among the first k of a list.
  double (*of_lists)(std::span<const uint64_t> counts) = nullptr;
};

// "ndcg@10,hit_rate@5": names of the table, or the usual other ones (HitRate@10, hr@10, arp@10).
// A name without @K gets 10. Throws Error naming what there is.
std::vector<Metric> parse_metrics(const std::string& text, Profile profile);

// All metrics of the profile at 10, "diversity" only when items are described.
std::vector<Metric> default_metrics(Profile profile, bool items_described);

}  // namespace kaskad
