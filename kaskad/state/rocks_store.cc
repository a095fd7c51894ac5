#include "kaskad/state/rocks_store.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <limits>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "kaskad/core/error.h"
#include "kaskad/state/event_code.h"

namespace kaskad {
namespace {

namespace code = event_code;
using code::Place;
using rocksdb::Slice;
using rocksdb::Status;

constexpr std::chrono::seconds kTryAgain{1};
constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

std::string_view view(const Slice& slice) { return {slice.data(), slice.size()}; }

constexpr const char* kRemedy =
    "; nothing in it was changed: put a backup in its place, or move it away to begin with an "
    "empty "
    "store";

// A store that has lost the file which says what belongs to it. RocksDB would begin a new one there
// and delete the events of the old one as left-overs.
bool lacks_current(const std::string& directory) {
  namespace fs = std::filesystem;
  if (fs::exists(directory + "/CURRENT")) return false;
  return std::ranges::any_of(
      fs::directory_iterator(directory), [](const fs::directory_entry& file) {
        return file.path().extension() == ".sst" || file.path().extension() == ".log" ||
               file.path().filename().string().starts_with("MANIFEST-");
      });
}

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

// RocksDB's log of what it does, kept nowhere: every fault comes back as a Status. Its own log is a
// file of the store, and Debian's RocksDB ends the process at the second line that a full disk does
// not take.
class NoLog : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class RocksStore : public EventStore {
 public:
  RocksStore(const std::string& directory, const RocksStoreOptions& options)
      : directory_(directory), options_(options), filter_(oldest_) {
    write_.sync = options.sync;
    open();
    arrival_ = db_->GetLatestSequenceNumber();
    if (const auto last = last_time()) advance(*last);
    if (const auto last = find({code::kNewest})) advance(code::decode_number(*last));
  }

  std::vector<Kept> append(std::span<const LiveEvent> events) override;
  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override;
  size_t erase_user(std::string_view user_id, int64_t until) override;
  std::optional<int64_t> erased_until(std::string_view user_id) const override {
    const std::shared_lock lock(open_);
    return last_erased(user_id);
  }
  std::optional<int64_t> newest() const override {
    const int64_t newest = newest_;
    return newest == kNever ? std::nullopt : std::optional(newest);
  }
  void scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const override;

 private:
  // Users share a lock by their hash: what is read of a user is still true when it is written.
  using Locks = std::vector<std::unique_lock<std::mutex>>;
  // What a batch has decided but not yet written.
  struct Batch {
    rocksdb::WriteBatch writes;
    std::unordered_set<std::string> identities;
    std::unordered_map<std::string_view, size_t> counts;  // of the users it adds to
  };

  void open();
  void open_again();
  rocksdb::DB& db() const;
  std::optional<int64_t> last_erased(std::string_view user_id) const;
  std::optional<int64_t> last_time() const;
  void advance(int64_t time);
  Locks lock(std::span<const LiveEvent> events);
  Kept decide(const LiveEvent& event, const std::string& identity, Batch& batch) const;
  void put(const LiveEvent& event, const std::string& identity, Batch& batch);
  size_t trim(std::string_view user_id, size_t count, rocksdb::WriteBatch& writes) const;
  std::unique_ptr<rocksdb::Iterator> iterate() const {
    return std::unique_ptr<rocksdb::Iterator>(db().NewIterator(rocksdb::ReadOptions()));
  }
  std::optional<std::string> find(const std::string& key) const;
  size_t count_of(std::string_view user_id) const;
  void write(rocksdb::WriteBatch& writes);
  void check(const Status& status, const char* doing) const {
    if (status.ok()) return;
    throw Error("cannot " + std::string(doing) + " the events in '" + directory_ +
                "': " + status.ToString());
  }
  LiveEvent read(std::string_view user_id, const Slice& key, const Slice& value) const;

  const std::string directory_;
  const RocksStoreOptions options_;
  std::atomic<int64_t> newest_{kNever}, oldest_{kNever};
  std::atomic<uint64_t> arrival_{0};
  std::atomic<bool> failed_{false};  // at the last write
  std::chrono::steady_clock::time_point try_again_;
  std::string failure_ = {};  // why it could not be opened again
  const DropExpired filter_;
  rocksdb::WriteOptions write_;
  std::array<std::mutex, 64> locks_;
  mutable std::shared_mutex open_;   // shared while the database is used, else it is opened again
  std::unique_ptr<rocksdb::DB> db_;  // last: its threads use the filter
};

rocksdb::Options database_options(const rocksdb::CompactionFilter& filter) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 16 << 20;
  options.max_background_jobs = 2;
  options.compaction_filter = &filter;
  options.info_log = std::make_shared<NoLog>();
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;  // open_again() is our way back
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

void RocksStore::open() {
  std::error_code failure;
  std::filesystem::create_directories(directory_, failure);
  if (failure) throw system_error("create", directory_, failure.value());
  if (lacks_current(directory_)) {
    throw Error("cannot open the events in '" + directory_ +
                "': found files of a store without its file CURRENT" + kRemedy);
  }
  rocksdb::DB* db = nullptr;
  const Status status = rocksdb::DB::Open(database_options(filter_), directory_, &db);
  if (status.IsCorruption()) {
    throw Error("cannot open the events in '" + directory_ + "': " + status.ToString() + kRemedy);
  }
  check(status, "open");
  db_.reset(db);
}

// After a write that failed (a full disk) RocksDB takes none until it is opened again. Where that
// fails as well, what is there can still be read. One attempt a second, as readers wait meanwhile.
void RocksStore::open_again() {
  const std::unique_lock lock(open_);
  if (!failed_) return;  // somebody else has been here
  const auto now = std::chrono::steady_clock::now();
  if (now < try_again_) throw Error("cannot write the events in '" + directory_ + "': " + failure_);
  try_again_ = now + kTryAgain;
  failure_ = "the last write failed a moment ago";
  db_.reset();
  try {
    open();
    failed_ = false;
  } catch (const Error& error) {
    failure_ = error.what();
    rocksdb::DB* db = nullptr;
    const Status status = rocksdb::DB::OpenForReadOnly(database_options(filter_), directory_, &db);
    if (status.ok()) db_.reset(db);
    throw Error("cannot write the events in '" + directory_ + "': " + failure_);
  }
}

rocksdb::DB& RocksStore::db() const {
  if (!db_) throw Error("cannot read the events in '" + directory_ + "': they could not be opened");
  return *db_;
}

std::optional<int64_t> RocksStore::last_time() const {
  const auto it = iterate();
  it->SeekForPrev(std::string(1, code::kTime + 1));
  check(it->status(), "read");
  if (!it->Valid() || it->key()[0] != code::kTime) return std::nullopt;
  return code::place_of(view(it->key())).time;
}

void RocksStore::advance(int64_t time) {
  for (int64_t seen = newest_; seen < time && !newest_.compare_exchange_weak(seen, time);) {
  }
  const int64_t newest = newest_;
  const int64_t age = options_.limits.max_age;
  if (newest < kNever + age) return;
  for (int64_t seen = oldest_;
       seen < newest - age && !oldest_.compare_exchange_weak(seen, newest - age);) {
  }
}

void RocksStore::write(rocksdb::WriteBatch& writes) {
  const Status status = db().Write(write_, &writes);
  if (status.ok()) return;
  failed_ = true;
  check(status, "write");
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

std::optional<std::string> RocksStore::find(const std::string& key) const {
  std::string value;
  const Status status = db().Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, "read");
  return value;
}

size_t RocksStore::count_of(std::string_view user_id) const {
  const auto value = find(code::count_key(user_id));
  return value ? static_cast<size_t>(code::decode_number(*value)) : 0;
}

Kept RocksStore::decide(const LiveEvent& event, const std::string& identity, Batch& batch) const {
  if (event.time < oldest_) return Kept::kExpired;
  if (const auto until = last_erased(event.user_id); until && event.time <= *until) {
    return Kept::kErased;
  }
  if (batch.identities.contains(identity)) return Kept::kDuplicate;
  const auto there = find(identity);
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
  const size_t limit = options_.limits.events_per_user;
  if (count <= limit + limit / 4) return count;
  const std::string prefix = code::history_prefix(user_id);
  const auto it = iterate();
  std::vector<Place> places;  // that are there: expired ones may be gone
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    places.push_back(code::place_of(view(it->key())));
  }
  check(it->status(), "read");
  const size_t extra = places.size() - std::min(places.size(), limit);
  for (size_t i = 0; i < extra; ++i) {
    writes.Delete(code::history_key(user_id, places[i]));
    writes.Delete(code::time_key(places[i]));
  }
  return places.size() - extra;
}

std::vector<Kept> RocksStore::append(std::span<const LiveEvent> events) {
  if (failed_) open_again();
  const std::shared_lock open(open_);
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
  write(batch.writes);
  advance(last);
  return kept;
}

LiveEvent RocksStore::read(std::string_view user_id, const Slice& key, const Slice& value) const {
  auto event = code::decode_event(view(value));
  if (!event) {
    throw Error("the events in '" + directory_ + "' are damaged: found " +
                std::to_string(value.size()) + " bytes that are no event");
  }
  event->user_id = user_id;
  event->time = code::place_of(view(key)).time;
  return *std::move(event);
}

std::vector<LiveEvent> RocksStore::history(std::string_view user_id, size_t limit) const {
  const std::shared_lock open(open_);
  limit = std::min(limit, options_.limits.events_per_user);
  const std::string prefix = code::history_prefix(user_id);
  const std::string end = code::history_key(
      user_id, {std::numeric_limits<int64_t>::max(), std::numeric_limits<uint64_t>::max()});
  const auto it = iterate();
  std::vector<LiveEvent> events;
  for (it->SeekForPrev(end); it->Valid() && it->key().starts_with(prefix); it->Prev()) {
    if (events.size() == limit || code::place_of(view(it->key())).time < oldest_) break;
    events.push_back(read(user_id, it->key(), it->value()));
  }
  check(it->status(), "read");
  std::ranges::reverse(events);
  return events;
}

size_t RocksStore::erase_user(std::string_view user_id, int64_t until) {
  if (failed_) open_again();
  const std::shared_lock open(open_);
  const LiveEvent owner{.user_id = std::string(user_id)};
  const Locks held = lock({&owner, 1});
  rocksdb::WriteBatch writes;
  const std::string prefix = code::history_prefix(user_id);
  const auto it = iterate();
  size_t count = 0;
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    const Place place = code::place_of(view(it->key()));
    const LiveEvent event = read(user_id, it->key(), it->value());
    writes.Delete(it->key());
    writes.Delete(code::time_key(place));
    writes.Delete(code::identity_key(event));
    if (place.time >= oldest_) ++count;
  }
  check(it->status(), "read");
  writes.Delete(code::count_key(user_id));
  const int64_t last = std::max(until, last_erased(user_id).value_or(kNever));
  writes.Put(code::deleted_key(user_id), code::encode_number(last));
  writes.Put(std::string{code::kNewest}, code::encode_number(newest_));
  write(writes);
  return std::min(count, options_.limits.events_per_user);
}

std::optional<int64_t> RocksStore::last_erased(std::string_view user_id) const {
  const auto value = find(code::deleted_key(user_id));
  return value ? std::optional(code::decode_number(*value)) : std::nullopt;
}

void RocksStore::scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const {
  const std::shared_lock open(open_);
  const auto it = iterate();
  const Place first{std::max<int64_t>(from, oldest_), 0};
  for (it->Seek(code::time_key(first)); it->Valid() && it->key()[0] == code::kTime; it->Next()) {
    const std::string user(view(it->value()));
    const std::string key = code::history_key(user, code::place_of(view(it->key())));
    if (const auto value = find(key)) take(read(user, key, *value));
  }
  check(it->status(), "read");
}

}  // namespace

std::unique_ptr<EventStore> open_rocks_store(const std::string& directory,
                                             const RocksStoreOptions& options) {
  return std::make_unique<RocksStore>(directory, options);
}

}  // namespace kaskad
