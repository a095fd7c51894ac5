#include "kaskad/state/rocks_database.h"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using rocksdb::Status;

constexpr std::chrono::seconds kTryAgain{1};

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

// RocksDB's log of what it does, kept nowhere: every fault comes back as a Status. Its own log is a
// file of the store, and Debian's RocksDB ends the process at the second line that a full disk does
// not take.
class NoLog : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
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

}  // namespace

RocksDatabase::RocksDatabase(std::string directory, bool sync,
                             const rocksdb::CompactionFilter& filter)
    : directory_(std::move(directory)), filter_(filter) {
  write_.sync = sync;
  open();
}

void RocksDatabase::open() {
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

RocksDatabase::Use RocksDatabase::writing() {
  if (failed_) open_again();
  return Use(open_);
}

void RocksDatabase::open_again() {
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

rocksdb::DB& RocksDatabase::db() const {
  if (!db_) throw Error("cannot read the events in '" + directory_ + "': they could not be opened");
  return *db_;
}

std::optional<std::string> RocksDatabase::find(const std::string& key) const {
  std::string value;
  const Status status = db().Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, "read");
  return value;
}

std::unique_ptr<rocksdb::Iterator> RocksDatabase::iterate() const {
  return std::unique_ptr<rocksdb::Iterator>(db().NewIterator(rocksdb::ReadOptions()));
}

void RocksDatabase::write(rocksdb::WriteBatch& writes) {
  const Status status = db().Write(write_, &writes);
  if (status.ok()) return;
  failed_ = true;
  check(status, "write");
}

void RocksDatabase::check(const Status& status, const char* doing) const {
  if (status.ok()) return;
  throw Error("cannot " + std::string(doing) + " the events in '" + directory_ +
              "': " + status.ToString());
}

}  // namespace kaskad
