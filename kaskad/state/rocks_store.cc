#include "kaskad/state/rocks_store.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "kaskad/core/error.h"
#include "kaskad/state/event_code.h"
#include "kaskad/state/rocks_database.h"

namespace kaskad {
namespace {

namespace code = event_code;
using code::Place;
using rocksdb::Slice;

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

std::string_view view(const Slice& slice) { return {slice.data(), slice.size()}; }

// Expired keys go when RocksDB rewrites its files anyway; until then reading leaves them out.
class DropExpired : public rocksdb::CompactionFilter {
 public:
  explicit DropExpired(const std::atomic<int64_t>& oldest) : oldest_(oldest) {}

  const char* Name() const override { return "kaskad.DropExpired"; }

  bool Filter(int, const Slice& key, const Slice& value, std::string*, bool*) const override {
    const char kind = key.empty() ? '\0' : key[0];
    if (kind == code::kHistory || kind == code::kTime) return expired(view(key));
    return kind == code::kIdentity && expired(view(value));
  }

 private:
  bool expired(std::string_view bytes) const {
    return bytes.size() >= code::kPlaceBytes && code::place_of(bytes).time < oldest_;
  }

  const std::atomic<int64_t>& oldest_;
};

class RocksStore : public EventStore {
 public:
  RocksStore(const std::string& directory, const RocksStoreOptions& options)
      : limits_(options.limits), filter_(oldest_), database_(directory, options.sync, filter_) {
    arrival_ = database_.writes();
    if (const auto last = last_time()) advance(*last);
    if (const auto last = database_.find({code::kNewest})) advance(code::decode_number(*last));
  }

  std::vector<Kept> append(std::span<const LiveEvent> events) override;
  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override;
  size_t erase_user(std::string_view user_id, int64_t until) override;
  std::optional<int64_t> erased_until(std::string_view user_id) const override {
    const auto use = database_.reading();
    return last_erased(user_id);
  }
  std::optional<int64_t> newest() const override {
    const int64_t newest = newest_;
    return newest == kNever ? std::nullopt : std::optional(newest);
  }
  uint64_t scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const override;

 private:
  // Users share a lock by their hash: what is read of a user is still true when it is written.
  using Locks = std::vector<std::unique_lock<std::mutex>>;
  // What a batch has decided but not yet written.
  struct Batch {
    rocksdb::WriteBatch writes;
    std::unordered_set<std::string> identities;
    std::unordered_map<std::string_view, size_t> counts;  // of the users it adds to
  };

  std::optional<int64_t> last_erased(std::string_view user_id) const;
  std::optional<int64_t> last_time() const;
  void advance(int64_t time);
  Locks lock(std::span<const LiveEvent> events);
  Kept decide(const LiveEvent& event, const std::string& identity, Batch& batch) const;
  void put(const LiveEvent& event, const std::string& identity, Batch& batch);
  size_t trim(std::string_view user_id, size_t count, rocksdb::WriteBatch& writes) const;
  size_t count_of(std::string_view user_id) const;
  LiveEvent read(std::string_view user_id, const Slice& key, const Slice& value) const;

  const StoreLimits limits_;
  std::atomic<int64_t> newest_{kNever}, oldest_{kNever};
  std::atomic<uint64_t> arrival_{0};
  const DropExpired filter_;
  std::array<std::mutex, 64> locks_;
  RocksDatabase database_;  // last: its threads use the filter
};

std::optional<int64_t> RocksStore::last_time() const {
  const auto it = database_.iterate();
  it->SeekForPrev(std::string(1, code::kTime + 1));
  database_.check_read(*it);
  if (!it->Valid() || it->key()[0] != code::kTime) return std::nullopt;
  return code::place_of(view(it->key())).time;
}

void RocksStore::advance(int64_t time) {
  for (int64_t seen = newest_; seen < time && !newest_.compare_exchange_weak(seen, time);) {
  }
  const int64_t newest = newest_;
  const int64_t age = limits_.max_age;
  if (newest < kNever + age) return;
  for (int64_t seen = oldest_;
       seen < newest - age && !oldest_.compare_exchange_weak(seen, newest - age);) {
  }
}

// In the order of the locks, so that two callers never wait for each other.
RocksStore::Locks RocksStore::lock(std::span<const LiveEvent> events) {
  std::set<size_t> wanted;
  for (const LiveEvent& event : events) {
    wanted.insert(std::hash<std::string_view>()(event.user_id) % locks_.size());
  }
  Locks held;
  for (const size_t one : wanted) held.emplace_back(locks_[one]);
  return held;
}

size_t RocksStore::count_of(std::string_view user_id) const {
  const auto value = database_.find(code::count_key(user_id));
  return value ? static_cast<size_t>(code::decode_number(*value)) : 0;
}

Kept RocksStore::decide(const LiveEvent& event, const std::string& identity, Batch& batch) const {
  if (event.time < oldest_) return Kept::kExpired;
  if (const auto until = last_erased(event.user_id); until && event.time <= *until) {
    return Kept::kErased;
  }
  if (batch.identities.contains(identity)) return Kept::kDuplicate;
  const auto there = database_.find(identity);
  if (there && code::place_of(*there).time >= oldest_) return Kept::kDuplicate;
  batch.identities.insert(identity);
  return Kept::kStored;
}

void RocksStore::put(const LiveEvent& event, const std::string& identity, Batch& batch) {
  const Place place{event.time, ++arrival_};
  std::string place_bytes;
  code::put_place(place_bytes, place);
  batch.writes.Put(code::history_key(event.user_id, place), code::encode_event(event));
  batch.writes.Put(code::time_key(place), event.user_id);
  batch.writes.Put(identity, place_bytes);
  const auto [count, is_new] = batch.counts.emplace(event.user_id, 0);
  if (is_new) count->second = count_of(event.user_id);
  ++count->second;
}

// A user's oldest keys beyond the limit go in lots of a quarter of it, so that an event costs no
// walk over the history. Returns how many keys are left.
size_t RocksStore::trim(std::string_view user_id, size_t count, rocksdb::WriteBatch& writes) const {
  const size_t limit = limits_.events_per_user;
  if (count <= limit + limit / 4) return count;
  const std::string prefix = code::history_prefix(user_id);
  const auto it = database_.iterate();
  std::vector<Place> places;  // that are there: expired ones may be gone
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    places.push_back(code::place_of(view(it->key())));
  }
  database_.check_read(*it);
  const size_t extra = places.size() - std::min(places.size(), limit);
  for (size_t i = 0; i < extra; ++i) {
    writes.Delete(code::history_key(user_id, places[i]));
    writes.Delete(code::time_key(places[i]));
  }
  return places.size() - extra;
}

std::vector<Kept> RocksStore::append(std::span<const LiveEvent> events) {
  const auto use = database_.writing();
  const Locks held = lock(events);
  Batch batch;
  std::vector<Kept> kept;
  int64_t last = kNever;
  for (const LiveEvent& event : events) {
    const std::string identity = code::identity_key(event);
    kept.push_back(decide(event, identity, batch));
    if (kept.back() != Kept::kStored) continue;
    put(event, identity, batch);
    last = std::max(last, event.time);
  }
  for (const auto& [user, count] : batch.counts) {
    const size_t left = trim(user, count, batch.writes);
    batch.writes.Put(code::count_key(user), code::encode_number(static_cast<int64_t>(left)));
  }
  if (batch.writes.Count() == 0) return kept;
  database_.write(batch.writes);
  advance(last);
  return kept;
}

LiveEvent RocksStore::read(std::string_view user_id, const Slice& key, const Slice& value) const {
  auto event = code::decode_event(view(value));
  if (!event) {
    throw Error("the events in '" + database_.directory() + "' are damaged: found " +
                std::to_string(value.size()) + " bytes that are no event");
  }
  event->user_id = user_id;
  event->time = code::place_of(view(key)).time;
  return *std::move(event);
}

std::vector<LiveEvent> RocksStore::history(std::string_view user_id, size_t limit) const {
  const auto use = database_.reading();
  limit = std::min(limit, limits_.events_per_user);
  const std::string prefix = code::history_prefix(user_id);
  const std::string end = code::history_key(
      user_id, {std::numeric_limits<int64_t>::max(), std::numeric_limits<uint64_t>::max()});
  const auto it = database_.iterate();
  std::vector<LiveEvent> events;
  for (it->SeekForPrev(end); it->Valid() && it->key().starts_with(prefix); it->Prev()) {
    if (events.size() == limit || code::place_of(view(it->key())).time < oldest_) break;
    events.push_back(read(user_id, it->key(), it->value()));
  }
  database_.check_read(*it);
  std::ranges::reverse(events);
  return events;
}

size_t RocksStore::erase_user(std::string_view user_id, int64_t until) {
  const auto use = database_.writing();
  const LiveEvent owner{.user_id = std::string(user_id)};
  const Locks held = lock({&owner, 1});
  rocksdb::WriteBatch writes;
  const std::string prefix = code::history_prefix(user_id);
  const auto it = database_.iterate();
  size_t count = 0;
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    const Place place = code::place_of(view(it->key()));
    const LiveEvent event = read(user_id, it->key(), it->value());
    writes.Delete(it->key());
    writes.Delete(code::time_key(place));
    writes.Delete(code::identity_key(event));
    if (place.time >= oldest_) ++count;
  }
  database_.check_read(*it);
  writes.Delete(code::count_key(user_id));
  const int64_t last = std::max(until, last_erased(user_id).value_or(kNever));
  writes.Put(code::deleted_key(user_id), code::encode_number(last));
  writes.Put(std::string{code::kNewest}, code::encode_number(newest_));
  database_.write(writes);
  return std::min(count, limits_.events_per_user);
}

std::optional<int64_t> RocksStore::last_erased(std::string_view user_id) const {
  const auto value = database_.find(code::deleted_key(user_id));
  return value ? std::optional(code::decode_number(*value)) : std::nullopt;
}

uint64_t RocksStore::scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const {
  const auto use = database_.reading();
  const auto it = database_.iterate();
  const Place first{std::max<int64_t>(from, oldest_), 0};
  for (it->Seek(code::time_key(first)); it->Valid() && it->key()[0] == code::kTime; it->Next()) {
    const std::string user(view(it->value()));
    const std::string key = code::history_key(user, code::place_of(view(it->key())));
    if (const auto value = database_.find(key)) take(read(user, key, *value));
  }
  database_.check_read(*it);
  return 0;
}

}  // namespace

std::unique_ptr<EventStore> open_rocks_store(const std::string& directory,
                                             const RocksStoreOptions& options) {
  return std::make_unique<RocksStore>(directory, options);
}

}  // namespace kaskad
