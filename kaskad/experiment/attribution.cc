#include "kaskad/experiment/attribution.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad::ab {
namespace {

// A log with an id in the place of an action's kind ends here.
constexpr size_t kMostActions = 100;

}  // namespace

Attribution::Attribution(Population& population, AttributionOptions options)
    : population_(population), options_(std::move(options)) {
  if (options_.everyone) population_.arm(population_.layer("", "everyone"), "everyone");
}

void Attribution::add(const LoggedEvent& event) {
  forget_before(event.time - std::max(options_.window, options_.request_window));
  if (event.kind == LoggedEvent::Kind::kExposure) {
    add_exposure(event);
  } else {
    add_action(event);
  }
}

void Attribution::forget_before(int64_t time) {
  for (; !pages_.empty() && pages_.front().time < time; pages_.pop_front(), ++forgotten_) {
    const Page& page = pages_.front();
    if (page.request != 0) by_request_.erase(page.request);
    const auto last = last_of_.find(page.user);
    if (last->second == forgotten_ + 1) last_of_.erase(last);
  }
}

void Attribution::count(const Page& page, size_t column, double value) {
  PopulationUser& user = population_.user_at(page.user);
  if (page.before) add_to(user.before, column, value);
  for (const uint32_t member : page.memberships)
    add_to(user.memberships[member].sums, column, value);
}

void Attribution::join_arms(const LoggedEvent& event, Page& page) {
  const auto join = [&](uint16_t layer, uint16_t arm) {
    page.memberships.push_back(static_cast<uint32_t>(population_.join(page.user, layer, arm)));
  };
  if (options_.everyone) return join(0, 0);
  if (!options_.experiment.empty() && event.experiment != options_.experiment) return;
  for (const auto& [layer_name, arm_name] : event.arms) {
    const uint16_t layer = population_.layer(event.experiment, layer_name);
    join(layer, population_.arm(layer, arm_name));
  }
}

void Attribution::add_exposure(const LoggedEvent& event) {
  const uint64_t number = forgotten_ + pages_.size() + 1;
  if (event.request != 0 && !by_request_.try_emplace(event.request, number).second) {
    ++counts_.repeated_exposures;
    return;
  }
  ++counts_.exposures;
  Page page{.time = event.time, .request = event.request, .user = population_.user(event.user)};
  page.before = event.time < options_.pre_period_end;
  if (page.before) {
    ++counts_.before;
  } else {
    join_arms(event, page);
    counts_.without_arm += page.memberships.empty();
  }
  page.items = event.items;
  std::ranges::sort(page.items);
  count(page, kPages, 1);
  count(page, kItemsShown, static_cast<double>(page.items.size()));
  uint64_t& last = last_of_[page.user];
  page.previous = last;
  last = number;
  pages_.push_back(std::move(page));
}

Attribution::Page* Attribution::last_page_with(uint64_t item, uint32_t user, int64_t time) {
  const auto last = last_of_.find(user);
  if (last == last_of_.end()) return nullptr;
  for (uint64_t number = last->second; number > forgotten_;) {
    Page& page = page_at(number);
    const bool after = page.time > time;  // of slight disorder
    if (!after && page.time < time - options_.window) return nullptr;
    if (!after && std::ranges::binary_search(page.items, item)) return &page;
    number = page.previous;
  }
  return nullptr;
}

Attribution::Page* Attribution::page_of(const LoggedEvent& event) {
  const std::optional<uint32_t> user = population_.find_user(event.user);
  if (!user) return nullptr;
  if (event.request == 0) return last_page_with(event.item, *user, event.time);
  const auto found = by_request_.find(event.request);
  if (found == by_request_.end()) return nullptr;
  Page& page = page_at(found->second);
  const bool shown = std::ranges::binary_search(page.items, event.item);
  const bool late = event.time - page.time > options_.request_window;
  return shown && !late && page.user == *user ? &page : nullptr;
}

size_t Attribution::action_column(const std::string& action) {
  const auto [found, added] = action_of_.try_emplace(action, kFirstAction + actions_.size());
  if (added && actions_.size() == kMostActions) {
    throw Error("found action '" + action + "', expected at most " + std::to_string(kMostActions) +
                " kinds of actions");
  }
  if (added) actions_.push_back(action);
  return found->second;
}

void Attribution::add_action(const LoggedEvent& event) {
  ++counts_.actions;
  Page* page = page_of(event);
  if (!page) {
    ++counts_.uncredited_actions;
    return;
  }
  const size_t column = action_column(event.action);
  const std::pair<uint64_t, size_t> done = {event.item, column};
  if (std::ranges::find(page->done, done) != page->done.end()) {
    ++counts_.repeated_actions;
    return;
  }
  page->done.push_back(done);
  count(*page, column, event.weight);
  if (event.action == options_.click) count(*page, kItemsClicked, 1);
  const bool useful = options_.useful.empty() || options_.useful.contains(event.action);
  if (!useful || page->useful) return;
  page->useful = true;
  count(*page, kUsefulPages, 1);
}

std::vector<Metric> Attribution::metrics() const {
  std::string useful;
  for (const std::string& action : options_.useful) {
    useful += (useful.empty() ? "" : " or ") + action;
  }
  return log_metrics(actions_, options_.click, useful.empty() ? "action" : useful);
}

}  // namespace kaskad::ab
