// Finds the columns that the readers need: by the name or number that the user gave, else by the
// names that logs usually have. Errors list the columns of the file and the option to use.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/rows.h"

namespace kaskad {

enum class ColumnRole {
  kUser,
  kItem,
  kTime,
  kWeight,
  kAction,
  kItemKey,
  kUserKey,
  // Of impressions alone:
  kRequest,
  kQuery,
  kPosition
};

// "userId", "User-ID" and "user_id" are the same name. True for a name of any role but those of
// impressions alone, which are words that ids may be, too ("q").
bool is_usual_name(std::string_view name);

// "3": a column asked for by number.
bool is_column_number(const std::string& text);

// The column for `role`: `asked` (name or number from 1) when not empty, else the first of the
// usual names that the file has. nullopt when nothing was asked and none is there, or "none" was
// asked. Throws Error when what was asked is missing, or a name is there twice.
std::optional<size_t> find_column(ColumnRole role, const std::string& asked, const RowSource& rows,
                                  const std::string& file);

// As find_column, but an absent column is an Error.
size_t require_column(ColumnRole role, const std::string& asked, const RowSource& rows,
                      const std::string& file);

}  // namespace kaskad
