#include "bench/state/lmdb_store.h"

#include <lmdb.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/state/event_code.h"

namespace kaskad::bench {
namespace {

namespace code = event_code;

void check(int status, const char* doing) {
  if (status != 0) throw Error(std::string("lmdb: ") + doing + ": " + mdb_strerror(status));
}

MDB_val value_of(const std::string& bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
std::string_view view(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

class Transaction {
 public:
  Transaction(MDB_env* env, bool writes) {
    check(mdb_txn_begin(env, nullptr, writes ? 0 : MDB_RDONLY, &txn), "begin");
  }
  ~Transaction() {
    if (txn) mdb_txn_abort(txn);
  }
  void commit() { check(mdb_txn_commit(std::exchange(txn, nullptr)), "commit"); }

  MDB_txn* txn = nullptr;
};

class LmdbStore : public EventStore {
 public:
  LmdbStore(const std::string& directory, const StoreLimits& limits, bool sync) : limits_(limits) {
    std::filesystem::create_directories(directory);
    check(mdb_env_create(&env_), "create");
    check(mdb_env_set_mapsize(env_, size_t{16} << 30), "size");
    check(mdb_env_open(env_, directory.c_str(), sync ? 0 : MDB_NOSYNC, 0644), "open");
    Transaction txn(env_, true);
    check(mdb_dbi_open(txn.txn, nullptr, 0, &dbi_), "open");
    txn.commit();
  }
  ~LmdbStore() override { mdb_env_close(env_); }

  std::vector<Kept> append(std::span<const LiveEvent> events) override {
    Transaction txn(env_, true);
    std::vector<Kept> kept;
    for (const LiveEvent& event : events) kept.push_back(put_event(txn.txn, event));
    txn.commit();
    return kept;
  }

  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override {
    Transaction txn(env_, false);
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(txn.txn, dbi_, &cursor), "cursor");
    const std::string prefix = code::history_prefix(user_id);
    const std::string end = code::history_key(
        user_id, {std::numeric_limits<int64_t>::max(), std::numeric_limits<uint64_t>::max()});
    MDB_val key = value_of(end), value;
    int status = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    status = mdb_cursor_get(cursor, &key, &value, status == 0 ? MDB_PREV : MDB_LAST);
    std::vector<LiveEvent> events;
    limit = std::min(limit, limits_.events_per_user);
    while (status == 0 && events.size() < limit && view(key).starts_with(prefix)) {
      LiveEvent event = code::decode_event(view(value)).value();
      event.user_id = user_id;
      event.time = code::place_of(view(key)).time;
      events.push_back(std::move(event));
      status = mdb_cursor_get(cursor, &key, &value, MDB_PREV);
    }
    mdb_cursor_close(cursor);
    std::ranges::reverse(events);
    return events;
  }

  // Not part of what is measured.
  size_t erase_user(std::string_view, int64_t) override { throw Error("lmdb: not here"); }
  std::optional<int64_t> erased_until(std::string_view) const override { return std::nullopt; }
  std::optional<int64_t> newest() const override { return std::nullopt; }
  uint64_t scan(int64_t, const std::function<void(const LiveEvent&)>&) const override {
    throw Error("lmdb: not here");
  }

 private:
  // The keys of the RocksDB store, but for the count that only its trimming needs.
  Kept put_event(MDB_txn* txn, const LiveEvent& event) {
    const code::Place place{event.time, ++arrival_};
    std::string place_bytes;
    code::put_place(place_bytes, place);
    const std::string identity = code::identity_key(event);
    MDB_val key = value_of(identity), value = value_of(place_bytes);
    const int status = mdb_put(txn, dbi_, &key, &value, MDB_NOOVERWRITE);
    if (status == MDB_KEYEXIST) return Kept::kDuplicate;
    check(status, "put");
    put(txn, code::history_key(event.user_id, place), code::encode_event(event));
    put(txn, code::time_key(place), event.user_id);
    return Kept::kStored;
  }
  void put(MDB_txn* txn, const std::string& key_bytes, const std::string& value_bytes) {
    MDB_val key = value_of(key_bytes), value = value_of(value_bytes);
    check(mdb_put(txn, dbi_, &key, &value, 0), "put");
  }

  const StoreLimits limits_;
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  uint64_t arrival_ = 0;  // under the one writer's lock
};

}  // namespace

std::unique_ptr<EventStore> open_lmdb_store(const std::string& directory, const StoreLimits& limits,
                                            bool sync) {
  return std::make_unique<LmdbStore>(directory, limits, sync);
}

}  // namespace kaskad::bench
