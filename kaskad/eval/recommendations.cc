#include "kaskad/eval/recommendations.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "kaskad/log/event_reader.h"

namespace kaskad {
namespace {

std::unique_ptr<EventReader> open_lists(const std::string& path, const char* column) {
  LogOptions options;
  options.weight_column = column;
  options.time = TimeFormat::kNone;
  return open_events(path, options);
}

// The file read by its ranks, or by its scores where it has no ranks; `sign` makes either ascend.
std::unique_ptr<EventReader> open_lists(const std::string& path, float& sign) {
  sign = 1;
  try {
    return open_lists(path, "rank");
  } catch (const MissingColumn&) {
    sign = -1;
  }
  try {
    return open_lists(path, "score");
  } catch (const MissingColumn& no_score) {
    throw Error(std::string(no_score.what()) + "; a column named 'rank' would do, too");
  }
}

std::vector<ListRow> read_rows(const std::string& path, const Dataset& dataset, ListFile& file) {
  float sign = 1;
  const auto reader = open_lists(path, sign);
  std::vector<ListRow> rows;
  EventBatch batch;
  while (reader->next(batch)) {
    for (size_t i = 0; i < batch.size(); ++i, ++file.rows) {
      const auto user = dataset.users().find(batch.user[i]);
      const auto item = dataset.items().find(batch.item[i]);
      file.unknown_users += !user;
      file.unknown_items += user && !item;
      if (!user) continue;
      rows.push_back(
          {UserId{*user}, sign * batch.weight[i], file.rows, item ? ItemId{*item} : kNoItem});
    }
  }
  return rows;
}

void check_no_repeats(const std::string& path, const Dataset& dataset,
                      std::span<const ListRow> list) {
  std::vector<ItemId> items;
  for (const ListRow& row : list) {
    if (row.item != kNoItem) items.push_back(row.item);
  }
  std::sort(items.begin(), items.end());
  const auto twice = std::adjacent_find(items.begin(), items.end());
  if (twice == items.end()) return;
  throw Error(path + ": item '" + std::string(dataset.items().name(index(*twice))) +
              "' stands twice in the list of user '" +
              std::string(dataset.users().name(index(list.front().user))) + "'");
}

// Users' rows become lists: `file` gets ranks and counts.
void rank_rows(const std::string& name, std::vector<ListRow> rows, const Dataset& dataset,
               const Phase& phase, const RankOptions& options, ListFile& file) {
  std::sort(rows.begin(), rows.end(), [](const ListRow& a, const ListRow& b) {
    return std::tie(a.user, a.key, a.order) < std::tie(b.user, b.key, b.order);
  });
  RankedCases& ranked = file.ranked = collect_cases(dataset, phase, options);
  ranked.model = name;
  ranked.ties = TieRule::kListed;
  size_t at = 0;
  for (size_t one = 0; one < ranked.size(); ++one) {
    const UserId user = ranked.cases[one].user;
    while (at < rows.size() && rows[at].user < user) ++at;
    size_t end = at;
    while (end < rows.size() && rows[end].user == user) ++end;
    const auto list = std::span(rows).subspan(at, end - at);
    file.cases_without_list += list.empty();
    if (!list.empty()) check_no_repeats(name, dataset, list);
    for (size_t place = 0; place < std::min(ranked.k, list.size()); ++place) {
      ranked.lists[one * ranked.k + place] = list[place].item;
      for (size_t target = ranked.offsets[one]; target < ranked.offsets[one + 1]; ++target) {
        if (ranked.targets[target] == list[place].item) {
          ranked.target_ranks[target] = static_cast<double>(place + 1);
        }
      }
    }
    at = end;
  }
}

}  // namespace

ListFile rank_list_file(const std::string& path, const Dataset& dataset, const Phase& phase,
                        const RankOptions& options) {
  ListFile file;
  std::vector<ListRow> rows = read_rows(path, dataset, file);
  rank_rows(path, std::move(rows), dataset, phase, options, file);
  return file;
}

ListFile rank_lists(const std::string& name, std::vector<ListRow> rows, const Dataset& dataset,
                    const Phase& phase, const RankOptions& options) {
  ListFile file;
  file.rows = rows.size();
  rank_rows(name, std::move(rows), dataset, phase, options, file);
  return file;
}

}  // namespace kaskad
