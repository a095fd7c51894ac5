// Ids as the log wrote them <-> dense ids. Stored as two columns: offsets (count+1, uint64) and
// bytes; looked up through a hash index that is built when first needed.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/file.h"
#include "kaskad/core/ids.h"

namespace kaskad {

// Read-only and thread-safe.
class IdMap {
 public:
  IdMap() = default;
  // Maps NAME.offsets and NAME.bytes of `directory`. Throws Error when they do not fit together.
  IdMap(const std::string& directory, const std::string& name);
  IdMap(IdMap&&) noexcept = default;
  IdMap& operator=(IdMap&&) noexcept = default;

  size_t size() const { return offsets_.empty() ? 0 : offsets_.size() - 1; }
  std::string_view name(size_t id) const;
  std::optional<uint32_t> find(std::string_view name) const;

  // As they are stored: id i is bytes()[offsets()[i], offsets()[i + 1]). (size() + 1), or empty.
  std::span<const uint64_t> offsets() const { return offsets_; }
  std::string_view bytes() const {
    return {bytes_, offsets_.empty() ? 0 : offsets_.back() - offsets_.front()};
  }

  // Depends on the ids and their order alone.
  std::string hash() const;

 private:
  MappedFile offsets_file_, bytes_file_;
  std::span<const uint64_t> offsets_;  // (count + 1)
  const char* bytes_ = nullptr;

  struct Index {
    std::once_flag built;
    std::vector<uint32_t> slots;  // open addressing, 0xffffffff is free
  };
  void build_index() const;
  std::unique_ptr<Index> index_;  // none in a default-constructed map
};

// Writes the two files of an IdMap into `directory`; also used to copy one into a bundle.
void write_id_map(const std::string& directory, const std::string& name,
                  std::span<const std::string_view> ids);
void write_id_map(const std::string& directory, const std::string& name, const IdMap& map);

}  // namespace kaskad
