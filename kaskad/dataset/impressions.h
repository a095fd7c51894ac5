// What rankers learn from and are measured on: lists. One list is what a user could have been
// shown at one moment, with what came of it. A directory of mapped columns, made from a log by
// `kaskad make-impressions` or read from a log of real impressions:
//   manifest.json    version, counts, heads, hashes, where the lists come from, checksums
//   known_end.npy    (users) uint32: counters may use events [0, known_end[u]) of a user
//   user.npy time.npy history_end.npy   (lists) uint32, int64, uint32
//   missed.npy       (lists, heads) uint32: positives that are not among the candidates
//   offsets.npy      (lists + 1) uint64: candidates of list l are [offsets[l], offsets[l + 1])
//   item.npy score.npy rank.npy         (candidates) uint32, float, uint32
//   position.npy     (candidates) uint32, only where the place shown is known
//   label.npy context.npy               (candidates, heads), (candidates, contexts) float
//   query.npy        (lists) uint32 into queries.* (an id map): only where the log has queries
// The parts of one log (train, validation, test) number queries alike: each directory holds the
// whole map, the same bytes in all, so that it can be read, copied and halved by itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/file.h"
#include "kaskad/core/ids.h"
#include "kaskad/core/npy.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

// Directories of version 1, which have no queries, are read, too.
inline constexpr int kImpressionsVersion = 2;

// The spans live as long as the Impressions, or until the writer's append() returns.
struct ImpressionList {
  UserId user = kNoUser;
  int64_t time = 0;                     // of the request
  uint32_t history_end = 0;             // the user's events before it: [0, history_end)
  std::span<const uint32_t> missed;     // (heads)
  std::span<const ItemId> items;        // (candidates); kNoItem: unknown to the dataset
  std::span<const float> scores;        // (candidates) of the retriever
  std::span<const uint32_t> ranks;      // (candidates) of the retriever from 1; 0: none
  std::span<const uint32_t> positions;  // (candidates) place shown from 1; empty: not known
  std::span<const float> labels;        // (candidates, heads): 0 or 1, or a grade
  std::span<const float> context;       // (candidates, contexts); NaN: not known
  QueryId query = kNoQuery;
  std::string_view query_text = {};  // of a list that was read; append() looks at `query` alone

  size_t size() const { return items.size(); }
};

// What is said of all lists of a directory.
struct ImpressionFacts {
  std::string part;  // "train", "validation", "test"
  std::vector<std::string> heads, contexts;
  std::string dataset_hash, split, split_hash;
  // Every answer of the full catalogue is counted, as a candidate or in `missed`; false where
  // answers were added to the candidates or only what was shown can be an answer.
  bool full_catalogue = false;
  // kOrder: times of lists only tell which came first.
  TimeKind time_kind = TimeKind::kClock;
  std::string source_json = "{}";  // retriever, sampling, seed, counts: an object, for people
};

// Read-only, thread-safe.
class Impressions {
 public:
  // Throws Error when the directory is missing, damaged, or of another version.
  static Impressions open(const std::string& directory);

  size_t size() const { return user_.size(); }
  size_t num_candidates() const { return item_.size(); }
  size_t num_heads() const { return facts_.heads.size(); }
  ImpressionList list(size_t number) const;
  int64_t time_of(size_t number) const { return time_.values()[number]; }
  std::span<const uint32_t> known_end() const { return known_end_.values(); }  // (users)
  bool has_queries() const { return query_.size() > 0 || queries_.size() > 0; }
  const IdMap& queries() const { return queries_; }  // by QueryId; empty where there are none

  const ImpressionFacts& facts() const { return facts_; }
  const std::string& hash() const { return hash_; }  // of the columns and heads
  const std::string& directory() const { return directory_; }

 private:
  void check() const;

  std::string directory_, hash_;
  ImpressionFacts facts_;
  NpyFile<uint32_t> known_end_, history_end_, missed_, rank_, position_;
  NpyFile<UserId> user_;
  NpyFile<ItemId> item_;
  NpyFile<int64_t> time_;
  NpyFile<uint64_t> offsets_;
  NpyFile<float> score_, label_, context_;
  NpyFile<QueryId> query_;
  IdMap queries_;
};

// Throws Error when the lists number queries in different ways, as those of two logs do.
void check_same_queries(const Impressions& a, const Impressions& b);

// Throws Error when the lists were made from another log than `dataset`.
void check_dataset(const Impressions& lists, const Dataset& dataset);

// Keeps the columns in memory (16 bytes a candidate, and 4 a label) until finish() writes them.
class ImpressionWriter {
 public:
  ImpressionWriter(size_t heads, size_t contexts) : heads_(heads), contexts_(contexts) {}

  // Either all lists have positions or none has.
  void append(const ImpressionList& list);

  size_t size() const { return user_.size(); }
  size_t num_candidates() const { return item_.size(); }

  // Writes all files into `directory`, which must exist; returns the hash. `queries` are the texts
  // of the queries by their id; none where the log has no queries.
  std::string finish(const std::string& directory, std::span<const uint32_t> known_end,
                     const ImpressionFacts& facts,
                     std::span<const std::string_view> queries = {}) const;

 private:
  void write_columns(const std::string& directory, std::span<const uint32_t> known_end) const;

  size_t heads_, contexts_;
  std::vector<uint32_t> history_end_, missed_, rank_, position_;
  std::vector<UserId> user_;
  std::vector<ItemId> item_;
  std::vector<int64_t> time_;
  std::vector<uint64_t> offsets_ = {0};
  std::vector<float> score_, label_, context_;
  std::vector<QueryId> query_;
  uint32_t queries_end_ = 0;  // above the largest id of a query
};

}  // namespace kaskad
