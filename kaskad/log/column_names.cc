#include "kaskad/log/column_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "kaskad/core/error.h"
#include "kaskad/core/option_name.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

// Best first, in the spelling of plain(): lower case, letters and digits only.
constexpr std::string_view kUserNames[] = {
    "userid",   "uid",      "user",      "visitorid", "customerid", "reviewerid",
    "memberid", "clientid", "useridx",   "accountid", "profileid",  "personid",
    "msno",     "deviceid", "sessionid", "sessid",    "session"};
constexpr std::string_view kItemNames[] = {
    "itemid", "iid",     "item",   "movieid",   "productid",  "asin",     "parentasin",
    "sku",    "trackid", "songid", "articleid", "newsid",     "videoid",  "bookid",
    "isbn",   "adid",    "docid",  "artistid",  "businessid", "recipeid", "itemidx"};
constexpr std::string_view kTimeNames[] = {
    "timestamp", "datetime",       "time",         "date",     "ts",
    "eventtime", "unixreviewtime", "reviewtime",   "unixtime", "createdat",
    "timestep",  "eventtimestamp", "startdatetime"};
constexpr std::string_view kWeightNames[] = {"rating",  "weight", "score",
                                             "overall", "count",  "stars"};
constexpr std::string_view kActionNames[] = {"action",          "event",    "eventtype",
                                             "actiontype",      "behavior", "behaviortype",
                                             "interactiontype", "type"};
constexpr std::string_view kRequestNames[] = {"requestid",  "impressionid", "searchid",
                                              "pageviewid", "listid",       "rid"};
constexpr std::string_view kQueryNames[] = {"query",      "searchquery", "querytext",
                                            "searchterm", "keywords",    "q"};
constexpr std::string_view kPositionNames[] = {"position", "rank", "place"};

struct Role {
  const char* meaning;
  const char* option;
  std::span<const std::string_view> names;
  std::string_view last_resort = {};  // usual only where rows are items or users

  bool has(std::string_view name) const {
    return name == last_resort || std::find(names.begin(), names.end(), name) != names.end();
  }
};

// In the order of ColumnRole.
constexpr Role kRoles[] = {
    {"a user column", "--user-column", kUserNames},
    {"an item column", "--item-column", kItemNames},
    {"a time column", "--time-column", kTimeNames},
    {"a weight column", "--weight-column", kWeightNames},
    {"an action column", "--action-column", kActionNames},
    {"a column of item ids", "--item-key", kItemNames, "id"},
    {"a column of user ids", "--user-key", kUserNames, "id"},
    {"a column of request ids", "--request-column", kRequestNames},
    {"a query column", "--query-column", kQueryNames},
    {"a position column", "--position-column", kPositionNames},
};
constexpr size_t kEventRoles = static_cast<size_t>(ColumnRole::kRequest);  // those before it

const Role& role_of(ColumnRole role) { return kRoles[static_cast<size_t>(role)]; }

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::string list_columns(const RowSource& rows) {
  constexpr size_t kMost = 30;
  std::string text = rows.has_header() ? "columns" : "no header and columns";
  const auto& columns = rows.columns();
  for (size_t i = 0; i < std::min(kMost, columns.size()); ++i) {
    text += (i == 0 ? " " : ", ") + shown(columns[i].name);
  }
  if (columns.size() > kMost) text += " and " + std::to_string(columns.size() - kMost) + " more";
  return text;
}

Error missing(const Role& role, const std::string& asked, const RowSource& rows,
              const std::string& file) {
  std::string expected = std::string(role.meaning);
  if (!asked.empty()) {
    expected += " named " + shown(asked) + ", as " + option_name(role.option) + " says";
  } else {
    expected += " (user_id, item_id, ... are found by themselves)";
    const std::string option = option_name(role.option);
    if (!option.empty()) expected += "; name it, or give its number from 1, with " + option;
  }
  return data_error(file, 0, "", list_columns(rows), expected);
}

std::string advice(const std::string& option) {
  return option.empty() ? "" : "; give its number with " + option;
}

template <class Matches>
std::optional<size_t> only_one(const Role& role, const RowSource& rows, const std::string& file,
                               Matches matches) {
  std::optional<size_t> found;
  const auto& columns = rows.columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!matches(columns[i].name)) continue;
    if (found) {
      throw data_error(file, 0, "",
                       "columns " + std::to_string(*found + 1) + " and " + std::to_string(i + 1) +
                           " that are both called " + shown(columns[i].name),
                       std::string("one ") + (role.meaning + 2) + advice(option_name(role.option)));
    }
    found = i;
  }
  return found;
}

std::optional<size_t> find_asked(const Role& role, const std::string& asked, const RowSource& rows,
                                 const std::string& file) {
  auto found = only_one(role, rows, file, [&](const std::string& name) { return name == asked; });
  if (!found && is_column_number(asked)) {
    const size_t number = std::stoul(asked);
    if (number <= rows.columns().size()) found = number - 1;
  }
  return found;
}

}  // namespace

bool is_usual_name(std::string_view name) {
  const std::string text = plain(name);
  const auto roles = std::span(kRoles).first(kEventRoles);
  return !text.empty() &&
         std::any_of(roles.begin(), roles.end(), [&](const Role& role) { return role.has(text); });
}

bool is_column_number(const std::string& text) {
  return !text.empty() && text.size() <= 6 && text[0] != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<size_t> find_column(ColumnRole which, const std::string& asked, const RowSource& rows,
                                  const std::string& file) {
  const Role& role = role_of(which);
  if (!asked.empty()) {
    const auto found = find_asked(role, asked, rows, file);
    if (!found && asked != "none") {
      throw MissingColumn(missing(role, asked, rows, file).what());
    }
    return found;
  }
  const auto find_usual = [&](std::string_view usual) {
    return only_one(role, rows, file,
                    [&](const std::string& name) { return plain(name) == usual; });
  };
  for (const std::string_view usual : role.names) {
    if (const auto found = find_usual(usual)) return found;
  }
  return role.last_resort.empty() ? std::nullopt : find_usual(role.last_resort);
}

size_t require_column(ColumnRole role, const std::string& asked, const RowSource& rows,
                      const std::string& file) {
  const auto found = find_column(role, asked, rows, file);
  if (!found) throw missing(role_of(role), asked, rows, file);
  return *found;
}

}  // namespace kaskad
