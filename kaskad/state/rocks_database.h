// The database of rocks_store.h: opened, looked after, and opened again where a write failed.
// Private to the folder.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

namespace kaskad {

// Thread-safe between reading() or writing() and the end of what they returned.
class RocksDatabase {
 public:
  // Opens the directory or makes it. `filter` must outlive the database. Throws Error that names
  // the directory when it cannot be read, is damaged, or another process has it.
  RocksDatabase(std::string directory, bool sync, const rocksdb::CompactionFilter& filter);

  using Use = std::shared_lock<std::shared_mutex>;  // meanwhile nobody opens it again
  Use reading() const { return Use(open_); }
  // After a write that failed (a full disk) RocksDB takes none until it is opened again; this does
  // so, once a second at most, as readers wait meanwhile. Throws Error where that fails as well:
  // what is there can still be read.
  Use writing();

  std::optional<std::string> find(const std::string& key) const;
  std::unique_ptr<rocksdb::Iterator> iterate() const;
  void check_read(const rocksdb::Iterator& iterator) const { check(iterator.status(), "read"); }
  void write(rocksdb::WriteBatch& writes);
  uint64_t writes() const { return db().GetLatestSequenceNumber(); }  // of all time

  const std::string& directory() const { return directory_; }

 private:
  void open();
  void open_again();
  rocksdb::DB& db() const;
  // Throws Error where the status is one.
  void check(const rocksdb::Status& status, const char* doing) const;

  const std::string directory_;
  const rocksdb::CompactionFilter& filter_;
  rocksdb::WriteOptions write_;
  std::atomic<bool> failed_{false};  // at the last write
  std::chrono::steady_clock::time_point try_again_;
  std::string failure_ = {};  // why it could not be opened again
  mutable std::shared_mutex open_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace kaskad
