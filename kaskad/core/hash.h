// Content hashes (XXH3, 128 bit): they detect damage and tell datasets and splits apart; they
// are no defence against a forger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kaskad {

// Feeds bytes in any number of pieces; the result depends on the bytes alone.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& add(const void* data, size_t bytes);
  Hasher& add(std::string_view text) { return add(text.data(), text.size()); }

  // 32 hexadecimal digits. More may be added afterwards.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A well mixed number (XXH3, 64 bit); another seed gives another, unrelated one.
uint64_t hash64(std::string_view text, uint64_t seed = 0);

std::string hash_bytes(const void* data, size_t bytes);

// Throws Error when the file cannot be read.
std::string hash_file(const std::string& path);

}  // namespace kaskad
