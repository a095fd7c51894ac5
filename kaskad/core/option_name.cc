#include "kaskad/core/option_name.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace kaskad {
namespace {

// Arguments that are not called as their flags are, and flags that are no arguments.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"-o", "path"},
    {"--action-column", "columns['action']"},
    {"--graph", "model"},
    {"--head-weight", "head_weights"},
    {"--item-column", "columns['item_id']"},
    {"--item-key", ""},
    {"--position-column", "columns['position']"},
    {"--query-column", "columns['query']"},
    {"--request-column", "columns['request_id']"},
    {"--set", "settings"},
    {"--time", ""},
    {"--time-column", "columns['datetime']"},
    {"--user-column", "columns['user_id']"},
    {"--user-key", ""},
    {"--weight-column", "columns['weight']"},
};

std::atomic<OptionStyle> style_of_process{OptionStyle::kFlag};

}  // namespace

void name_options_as(OptionStyle style) { style_of_process = style; }

std::string option_name(std::string_view flag) {
  if (style_of_process == OptionStyle::kFlag) return std::string(flag);
  const auto* const other =
      std::ranges::find(kOtherNames, flag, [](const auto& pair) { return pair.first; });
  if (other != std::end(kOtherNames)) return std::string(other->second);
  std::string name(flag.substr(flag.find_first_not_of('-')));
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string option_set_to(std::string_view flag, std::string_view value) {
  const char* between = style_of_process == OptionStyle::kFlag ? " " : " = ";
  return option_name(flag).append(between).append(value);
}

}  // namespace kaskad
