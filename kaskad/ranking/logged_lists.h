// Real impressions as lists for rankers: ids become those of the dataset (kNoItem where the item
// has no event before the list), each list gets the history before it, and goes to one of three
// parts. Lists arrive one by one and are kept as columns: a log of any length need not fit as text.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kaskad/dataset/id_table.h"
#include "kaskad/dataset/impression_log.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/dataset/split.h"

namespace kaskad {

inline constexpr std::array kListParts = {"train", "validation", "test"};

// Which of kListParts a list belongs to.
class ListParts {
 public:
  // By its time: "train" before the last validation window, then "validation", then "test". Throws
  // Error when the split does not cut at one time.
  static ListParts by_time(const Split& split);
  // By a hash of its request id, for logs without time: `share` of the requests are validation, as
  // many test.
  static ListParts by_hash(double share);

  size_t part_of(const LoggedList& list) const;

 private:
  std::optional<int64_t> validation_, test_;  // first times of the parts
  double share_ = 0;                          // where there are no such times
};

// Which items of a list are known, so that they have an id there.
enum class KnownItems {
  // Those with an event before the list. That the dataset has an item tells of its events, the
  // click on this very list among them.
  kTakenBefore,
  // All of the dataset, which must then hold whatever was shown: an item that is known tells
  // nothing.
  kCatalogue,
};

struct LoggedCounts {
  size_t lists = 0, candidates = 0;
  size_t unknown_users = 0;  // lists of nobody, or of users without events: they have no history
  size_t unknown_items = 0;  // candidates without events before the list
  size_t positives = 0;      // candidates with the label of some head
};

// The lists of all parts. Queries are numbered in the order of the log, alike in all parts.
class LoggedLists {
 public:
  // `heads`: names of actions, or "next" for any. The dataset must outlive it.
  LoggedLists(const Dataset& dataset, const ListParts& parts, const std::vector<std::string>& heads,
              const ImpressionFields& fields, KnownItems known = KnownItems::kTakenBefore);
  ~LoggedLists();

  // The order shown stands for rank and score (1 / place) of a retriever. In a log without time
  // nobody has a history, and all items of the dataset are known, since nothing tells what came
  // before.
  void append(const LoggedList& list);

  // Throws Error when the log and the dataset tell time in different ways.
  void check_time(TimeKind log_time) const;
  // Behind the last list. Throws Error when a head is an action that no list has, and when the
  // dataset, whose items are all to be known, lacks one that was shown.
  void check_all(const std::string& log_name) const;

  const ImpressionWriter& writer(size_t part) const { return writers_[part]; }
  const LoggedCounts& counts(size_t part) const { return counts_[part]; }
  const std::vector<std::string_view>& queries() const { return queries_.names(); }

 private:
  class Builder;

  const Dataset& dataset_;
  const ListParts parts_;
  const std::vector<std::string> heads_;
  const bool has_time_;
  const KnownItems known_;
  std::unique_ptr<Builder> builder_;
  std::array<LoggedCounts, kListParts.size()> counts_;
  std::vector<ImpressionWriter> writers_;  // (parts)
  IdTable queries_;
  std::set<std::string> actions_;  // seen, the first few hundred
};

}  // namespace kaskad
