// Where the bytes of a text format come from: a file, unpacked when it is gzip, read ahead by a
// thread of its own; or memory, for fuzzing and tests.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace kaskad {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Up to `capacity` bytes; 0 only at the end. Throws Error, and on damaged gzip data too.
  virtual size_t read(char* to, size_t capacity) = 0;

  // Bytes consumed of the file as it lies on disk; may be asked from any thread.
  virtual uint64_t consumed() const = 0;
  virtual uint64_t total() const = 0;  // 0 when unknown (a pipe)
  virtual bool gzip() const { return false; }
};

// Gzip is told by its first two bytes, never by the name.
std::unique_ptr<ByteSource> open_bytes(const std::string& path);

// `name` is used in messages. Gzip is unpacked here too.
std::unique_ptr<ByteSource> memory_bytes(std::string bytes, const std::string& name);

// Unpacks one or more gzip members that follow each other; a stream that stops inside a member,
// or anything else behind a member, is an Error.
std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> packed, const std::string& name);

// Reads `source` from a thread of its own, a few blocks ahead; errors arrive with read().
std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> source);

}  // namespace kaskad
