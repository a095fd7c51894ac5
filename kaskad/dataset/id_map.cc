#include "kaskad/dataset/id_map.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

constexpr uint32_t kFree = 0xffffffffu;

size_t first_slot(std::string_view name, size_t slots) {
  return std::hash<std::string_view>{}(name) & (slots - 1);
}

// Calls write(bytes of one id) in order and leaves the offsets beside it.
template <typename NameOf>
void write_columns(const std::string& directory, const std::string& name, size_t count,
                   NameOf name_of) {
  FileWriter offsets(directory + "/" + name + ".offsets");
  FileWriter bytes(directory + "/" + name + ".bytes");
  uint64_t end = 0;
  offsets.write(&end, sizeof(end));
  for (size_t id = 0; id < count; ++id) {
    const std::string_view text = name_of(id);
    bytes.write(text);
    end += text.size();
    offsets.write(&end, sizeof(end));
  }
  bytes.close();
  offsets.close();
}

}  // namespace

IdMap::IdMap(const std::string& directory, const std::string& name)
    : offsets_file_(directory + "/" + name + ".offsets"),
      bytes_file_(directory + "/" + name + ".bytes"),
      offsets_(offsets_file_.as<uint64_t>()),
      bytes_(reinterpret_cast<const char*>(bytes_file_.data())),
      index_(std::make_unique<Index>()) {
  const bool fits = !offsets_.empty() && offsets_.front() == 0 &&
                    offsets_.back() == bytes_file_.size() &&
                    std::is_sorted(offsets_.begin(), offsets_.end()) && size() < kFree;
  if (!fits) {
    throw Error("'" + offsets_file_.path() + "' is damaged: its offsets do not fit the " +
                std::to_string(bytes_file_.size()) + " bytes of '" + bytes_file_.path() + "'");
  }
}

std::string_view IdMap::name(size_t id) const {
  KASKAD_ASSERT(id < size());
  return {bytes_ + offsets_[id], offsets_[id + 1] - offsets_[id]};
}

std::optional<uint32_t> IdMap::find(std::string_view wanted) const {
  if (size() == 0) return std::nullopt;
  std::call_once(index_->built, [this] { build_index(); });
  const std::vector<uint32_t>& slots = index_->slots;
  for (size_t at = first_slot(wanted, slots.size()); slots[at] != kFree;
       at = (at + 1) & (slots.size() - 1)) {
    if (name(slots[at]) == wanted) return slots[at];
  }
  return std::nullopt;
}

void IdMap::build_index() const {
  std::vector<uint32_t>& slots = index_->slots;
  slots.assign(std::bit_ceil(size() * 2), kFree);
  for (size_t id = 0; id < size(); ++id) {
    size_t at = first_slot(name(id), slots.size());
    while (slots[at] != kFree) at = (at + 1) & (slots.size() - 1);
    slots[at] = static_cast<uint32_t>(id);
  }
}

std::string IdMap::hash() const {
  return Hasher()
      .add(offsets_file_.data(), offsets_file_.size())
      .add(bytes_file_.data(), bytes_file_.size())
      .hex();
}

void write_id_map(const std::string& directory, const std::string& name,
                  std::span<const std::string_view> ids) {
  write_columns(directory, name, ids.size(), [&](size_t id) { return ids[id]; });
}

void write_id_map(const std::string& directory, const std::string& name, const IdMap& map) {
  write_columns(directory, name, map.size(), [&](size_t id) { return map.name(id); });
}

}  // namespace kaskad
