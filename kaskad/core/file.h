// Files that are read by mapping and written whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "kaskad/core/error.h"

namespace kaskad {

// A file mapped read-only for the life of the object. Safe to read from many threads.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::string& path);  // throws Error naming the path
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  const std::byte* data() const { return data_; }
  size_t size() const { return size_; }
  const std::string& path() const { return path_; }

  // The bytes as an array of T; throws Error when the size is no multiple of sizeof(T).
  template <typename T>
  std::span<const T> as() const {
    if (size_ % sizeof(T) != 0) {
      throw Error("'" + path_ + "' is damaged: " + std::to_string(size_) +
                  " bytes are no multiple of " + std::to_string(sizeof(T)));
    }
    return {reinterpret_cast<const T*>(data_), size_ / sizeof(T)};
  }

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// Buffered writing; every failure (a full disk among them) is an Error that names the path.
// close() must be called: a writer destroyed before it removes its file.
class FileWriter {
 public:
  explicit FileWriter(const std::string& path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  template <typename T>
  void write_array(std::span<const T> values) {
    write(values.data(), values.size_bytes());
  }
  size_t size() const { return size_; }

  // Flushes and fsyncs.
  void close();

 private:
  void flush();
  void write_through(const char* data, size_t bytes);

  std::string path_;
  std::string buffer_;
  int fd_ = -1;
  size_t size_ = 0;
};

// Writes `text` to `path`: temporary name beside it, fsync, rename.
void write_file(const std::string& path, std::string_view text);

std::string read_file(const std::string& path);

// A directory that appears under its name only when complete. Files are written below path();
// commit() renames it, replacing an older directory of that name; without commit() the
// destructor removes everything. An interrupted process leaves the older directory or the new one
// whole under the name, and at most `NAME.tmp-PID` beside it, which a later StagedDirectory of the
// same name removes.
class StagedDirectory {
 public:
  explicit StagedDirectory(const std::string& final_path);
  ~StagedDirectory();
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  const std::string& path() const { return staged_path_; }
  std::string file(const std::string& name) const { return staged_path_ + "/" + name; }
  void commit();

 private:
  std::string final_path_;
  std::string staged_path_;
  bool committed_ = false;
};

}  // namespace kaskad
