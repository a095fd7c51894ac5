// A log after ingest: a directory of memory-mapped columns. Histories are grouped by user, in
// time order (ties keep the order of the file).
//   manifest.json      version, counts, time kind, action names, filters, hash, checksums
//   offsets.u64        (users + 1)   events of user u are [offsets[u], offsets[u + 1])
//   item.u32  time.i64  weight.f32   (events)
//   action.u8          (events)      only when the log has actions
//   users.* items.*    id maps
//   item_features/ user_features/    optional
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/file.h"
#include "kaskad/core/ids.h"
#include "kaskad/dataset/features.h"
#include "kaskad/dataset/id_map.h"
#include "kaskad/log/event_reader.h"

namespace kaskad {

inline constexpr int kDatasetVersion = 1;

// A user's events, oldest first; spans of equal length (action may be empty).
struct History {
  std::span<const ItemId> items;
  std::span<const int64_t> times;
  std::span<const float> weights;
  std::span<const uint8_t> actions;

  size_t size() const { return items.size(); }
  History first(size_t n) const {
    return {items.first(n), times.first(n), weights.first(n),
            actions.empty() ? actions : actions.first(n)};
  }
};

// Read-only, thread-safe.
class Dataset {
 public:
  // Throws Error when the directory is missing, damaged, or of another version.
  static Dataset open(const std::string& directory);

  size_t num_users() const { return users_.size(); }
  size_t num_items() const { return items_.size(); }
  size_t num_events() const { return item_.size(); }

  // All events of a user; the spans live as long as the dataset.
  History history(UserId user) const;

  std::span<const uint64_t> offsets() const { return offsets_; }  // (users + 1)
  std::span<const ItemId> item() const { return item_; }          // (events)
  std::span<const int64_t> time() const { return time_; }         // (events)
  std::span<const float> weight() const { return weight_; }       // (events)
  std::span<const uint8_t> action() const { return action_; }     // (events) or empty

  TimeKind time_kind() const { return time_kind_; }
  const std::vector<std::string>& action_names() const { return action_names_; }
  const IdMap& users() const { return users_; }
  const IdMap& items() const { return items_; }
  const FeatureTable& item_features() const { return item_features_; }
  const FeatureTable& user_features() const { return user_features_; }
  // What is known of the user; nothing where the dataset has no features of users.
  FeatureRow features(UserId user) const {
    return {user_features_.empty() ? nullptr : &user_features_, index(user)};
  }

  // Of the events and ids; independent of the machine and of where the directory lies.
  const std::string& hash() const { return hash_; }
  // Of the item features: names, kinds and values; empty without any. Apart from hash(), so that
  // a log keeps its splits and results when features are added to it.
  const std::string& item_features_hash() const { return item_features_hash_; }
  const std::string& directory() const { return directory_; }

 private:
  Dataset() = default;

  std::string directory_, hash_, item_features_hash_;
  TimeKind time_kind_ = TimeKind::kOrder;
  std::vector<std::string> action_names_;
  MappedFile offsets_file_, item_file_, time_file_, weight_file_, action_file_;
  std::span<const uint64_t> offsets_;
  std::span<const ItemId> item_;
  std::span<const int64_t> time_;
  std::span<const float> weight_;
  std::span<const uint8_t> action_;
  IdMap users_, items_;
  FeatureTable item_features_, user_features_;
};

}  // namespace kaskad
