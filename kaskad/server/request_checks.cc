#include "kaskad/server/request_checks.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

using Unfit = std::optional<BadRequest>;

Unfit found_instead(std::string_view field, const std::string& found, const std::string& expected) {
  return BadRequest{"'" + std::string(field) + "': found " + found + ", expected " + expected};
}

// Long text is cut, as of describe().
std::string quoted(std::string_view text) {
  std::string json;
  JsonWriter(json).value(text);
  return json.size() <= 60 ? json : json.substr(0, 57) + "...";
}

Unfit check_text(std::string_view field, std::string_view text, size_t most, const char* what) {
  if (text.size() <= most) return std::nullopt;
  return found_instead(field, quoted(text),
                       what + std::string(" of at most ") + std::to_string(most) + " bytes");
}

Unfit check_count(std::string_view field, size_t count, size_t most) {
  if (count >= 1 && count <= most) return std::nullopt;
  return found_instead(field, std::to_string(count), whole_up_to(most));
}

Unfit check_history(const std::optional<GivenHistory>& history) {
  if (!history) return std::nullopt;
  const size_t events = history->items.size(), times = history->times.size();
  if (events > kMaxHistory) {
    return found_instead("history", std::to_string(events) + " events",
                         "at most " + std::to_string(kMaxHistory));
  }
  if (times == 0 || times == events) return std::nullopt;
  return found_instead(
      "history",
      "a timestamp at " + std::to_string(times) + " of " + std::to_string(events) + " events",
      "all or none");
}

Unfit check_column(const std::string& field, size_t values, size_t candidates) {
  if (values == candidates) return std::nullopt;
  return found_instead(field, std::to_string(values) + " values",
                       std::to_string(candidates) + ", one a candidate");
}

Unfit check_numbers(const std::string& field, std::span<const float> numbers, bool or_nan) {
  for (const float number : numbers) {
    if (std::isfinite(number) || (or_nan && std::isnan(number))) continue;
    return found_instead(field, std::to_string(number), or_nan ? "a number or null" : "a number");
  }
  return std::nullopt;
}

Unfit first_of(std::initializer_list<Unfit> faults) {
  const auto found = std::ranges::find_if(faults, [](const Unfit& one) { return one.has_value(); });
  return found == faults.end() ? std::nullopt : *found;
}

}  // namespace

Unfit check(const RecommendRequest& request, RecommendKind kind) {
  if (auto fault =
          first_of({check_history(request.history), check_count("k", request.k, kMaxK),
                    check_text("query", request.query, kMaxQueryBytes, "a text"),
                    check_text("request_id", request.request_id, kMaxRequestIdBytes, "an id")})) {
    return fault;
  }
  if (request.user_id && request.history) {
    return BadRequest{"found both 'user_id' and 'history', expected one of them"};
  }
  if (!request.user_id && !request.history) {
    return BadRequest{"found neither 'user_id' nor 'history', expected one of them"};
  }
  if (kind == RecommendKind::kSearch && request.query.empty()) {
    return BadRequest{"found no 'query', expected what is searched for"};
  }
  if (request.explain && request.k > kMaxExplained) {
    return found_instead("k", std::to_string(request.k) + " with 'explain'",
                         "1 to " + std::to_string(kMaxExplained));
  }
  return std::nullopt;
}

Unfit check(const GivenList& list) {
  const size_t candidates = list.candidates.size();
  if (candidates > kMaxCandidates) {
    return found_instead("candidates", std::to_string(candidates) + " ids",
                         "at most " + std::to_string(kMaxCandidates));
  }
  if (auto fault = first_of({check_history(list.history), check_count("k", list.k, kMaxCandidates),
                             check_text("query", list.query, kMaxQueryBytes, "a text"),
                             check_numbers("scores", list.scores, false)})) {
    return fault;
  }
  if (!list.user_id && !list.history) {
    return BadRequest{"found neither 'user_id' nor 'history', expected one of them or both"};
  }
  if (!list.scores.empty()) {
    if (auto fault = check_column("scores", list.scores.size(), candidates)) return fault;
  }
  if (!list.ranks.empty()) {
    if (auto fault = check_column("ranks", list.ranks.size(), candidates)) return fault;
  }
  for (const auto& [name, values] : list.context) {
    const std::string field = "context', '" + name.substr(0, 60);
    if (auto fault = first_of(
            {check_numbers(field, values, true), check_column(field, values.size(), candidates)})) {
      return fault;
    }
  }
  return std::nullopt;
}

Unfit check(const LiveEvent& event) {
  const auto name = [](std::string_view field, const std::string& text, const char* what) {
    return check_text(field, text, kMaxEventTextBytes, what);
  };
  if (auto fault = first_of(
          {name("event_id", event.id, "an id"), name("user_id", event.user_id, "an id"),
           name("item_id", event.item_id, "an id"), name("request_id", event.request_id, "an id"),
           name("action", event.action, "the name of an action"),
           check_text("query", event.query, kMaxQueryBytes, "a text"),
           check_numbers("weight", {&event.weight, 1}, false)})) {
    return fault;
  }
  for (const auto& [field, text] :
       {std::pair("user_id", &event.user_id), std::pair("item_id", &event.item_id)}) {
    if (text->empty()) {
      return BadRequest{std::string("found no '") + field + "', expected an id"};
    }
  }
  return std::nullopt;
}

}  // namespace kaskad
