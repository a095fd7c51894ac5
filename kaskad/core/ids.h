// Dense ids: row numbers of the id maps, 0-based. Distinct types, so that a user is never
// passed where an item is meant; arrays of them are plain uint32 in memory and on disk.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaskad {

enum class UserId : uint32_t {};
enum class ItemId : uint32_t {};
enum class QueryId : uint32_t {};  // the text of a search, as the lists of one log number them

inline constexpr ItemId kNoItem{0xffffffffu};
inline constexpr UserId kNoUser{0xffffffffu};
inline constexpr QueryId kNoQuery{0xffffffffu};

constexpr size_t index(UserId id) { return static_cast<size_t>(id); }
constexpr size_t index(ItemId id) { return static_cast<size_t>(id); }
constexpr size_t index(QueryId id) { return static_cast<size_t>(id); }

}  // namespace kaskad
