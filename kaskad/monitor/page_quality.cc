#include "kaskad/monitor/page_quality.h"

#include <algorithm>

#include "kaskad/core/hash.h"
#include "kaskad/monitor/user_groups.h"

namespace kaskad {
namespace {

// Clients may number requests by user: the user is part of the name.
uint64_t page_key(std::string_view user_id, std::string_view request_id) {
  return hash64(request_id, hash64(user_id));
}

}  // namespace

PageQuality::PageQuality(PageQualityOptions options)
    : options_(std::move(options)), pages_(options_.remembered) {}

std::shared_ptr<PageCounts> PageQuality::row_of(std::vector<Kept>& rows, Labels labels, size_t most,
                                                size_t groups) {
  const auto found = std::ranges::find(rows, labels, &Kept::labels);
  if (found != rows.end()) return found->counts;
  if (rows.size() == most) {
    rows.erase(rows.begin());
    cohorts_.clear();  // none may go on counting into a row that is gone
  }
  return rows.emplace_back(std::move(labels), std::make_shared<PageCounts>(groups)).counts;
}

std::shared_ptr<const Cohort> PageQuality::cohort_of(const ShownPage& page) {
  std::string name(page.version);
  for (const auto& [layer, arm] : page.arms) {
    name.append(1, '\0').append(page.experiment).append(1, '\0');
    name.append(layer).append(1, '\0').append(arm);
  }
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = cohorts_.find(name); found != cohorts_.end()) return found->second;
  }
  const std::unique_lock lock(mutex_);
  if (cohorts_.size() >= kMostVersions * kMostArms) cohorts_.clear();
  Cohort cohort = {row_of(versions_, {std::string(page.version), "", "", ""}, kMostVersions, 0)};
  for (const auto& [layer, arm] : page.arms) {
    const Labels labels = {"", std::string(page.experiment), layer, arm};
    cohort.push_back(row_of(arms_, labels, kMostArms, kUserGroups));
  }
  return cohorts_.insert_or_assign(name, std::make_shared<const Cohort>(std::move(cohort)))
      .first->second;
}

void PageQuality::shown(const ShownPage& page) {
  auto cohort = cohort_of(page);
  if (!pages_.add(page_key(page.user_id, page.request_id), page.items, page.query, cohort)) return;
  const size_t group = user_group(page.user_id);
  for (const auto& counts : *cohort) {
    ++counts->pages;
    counts->shown_items += page.items.size();
    if (counts->groups.empty()) continue;
    ++counts->groups[group].pages;
    counts->groups[group].shown_items += static_cast<uint32_t>(page.items.size());
  }
}

void PageQuality::shown_elsewhere(const ShownPage& page) {
  static const auto kNobodys = std::make_shared<const Cohort>();
  pages_.add(page_key(page.user_id, page.request_id), page.items, page.query, kNobodys);
}

PageQuality::Joined PageQuality::acted(std::string_view user_id, std::string_view request_id,
                                       std::string_view item_id, std::string_view action) {
  const Joined outcome = join(user_id, request_id, item_id, action);
  ++joined_[static_cast<size_t>(outcome)];
  return outcome;
}

PageQuality::Joined PageQuality::join(std::string_view user_id, std::string_view request_id,
                                      std::string_view item_id, std::string_view action) {
  if (request_id.empty()) return Joined::kUnnamed;
  const bool useful = options_.useful.empty() || options_.useful.contains(action);
  const auto change =
      pages_.act(page_key(user_id, request_id), item_id, action == options_.click, useful);
  if (!change) return Joined::kUnknown;
  if (!change->shown) return Joined::kNotShown;
  if (change->cohort->empty()) return Joined::kElsewhere;
  const size_t group = user_group(user_id);
  for (const auto& counts : *change->cohort) {
    counts->clicked_items += change->first_click;
    counts->useful_pages += change->first_useful;
    if (counts->groups.empty()) continue;
    counts->groups[group].clicked_items += change->first_click;
    counts->groups[group].useful_pages += change->first_useful;
  }
  return Joined::kPage;
}

std::string PageQuality::query_of(std::string_view user_id, std::string_view request_id) {
  return request_id.empty() ? std::string() : pages_.query_of(page_key(user_id, request_id));
}

std::vector<PageQuality::Row> PageQuality::rows() const {
  std::vector<Row> rows;
  const std::shared_lock lock(mutex_);
  for (const auto* kind : {&versions_, &arms_}) {
    for (const auto& [labels, counts] : *kind) {
      // What came of pages before pages: a scrape between the two never shows more than all.
      Row row{labels[0], labels[1], labels[2], labels[3]};
      row.useful_pages = counts->useful_pages;
      row.clicked_items = counts->clicked_items;
      row.shown_items = counts->shown_items;
      row.pages = counts->pages;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<PageQuality::Group> PageQuality::groups(std::string_view experiment,
                                                    std::string_view layer,
                                                    std::string_view arm) const {
  std::vector<Group> groups;
  const std::shared_lock lock(mutex_);
  const auto found = std::ranges::find_if(arms_, [&](const Kept& kept) {
    return kept.labels[1] == experiment && kept.labels[2] == layer && kept.labels[3] == arm;
  });
  if (found == arms_.end()) return groups;
  for (const PageCounts::Group& group : found->counts->groups) {
    const uint32_t useful = group.useful_pages, clicked = group.clicked_items;  // as in rows()
    groups.push_back({group.pages, useful, group.shown_items, clicked});
  }
  return groups;
}

std::array<uint64_t, PageQuality::kJoined.size()> PageQuality::joined() const {
  std::array<uint64_t, kJoined.size()> counts{};
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = joined_[i];
  return counts;
}

}  // namespace kaskad
