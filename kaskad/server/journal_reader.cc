#include "kaskad/server/journal_reader.h"

#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/events_api.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr size_t kChunk = size_t{1} << 22;  // bytes that are read at once

std::string_view text_of(const json::object& line, const char* field) {
  const json::value* value = line.if_contains(field);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

// Whether it is a line of a page or an action; `items` keeps what the page points to.
bool read_line(const json::object& object, JournalLine& line,
               std::vector<std::string_view>& items) {
  const std::string_view type = text_of(object, "type");
  const json::value* time = object.if_contains("timestamp");
  if (!time || !time->is_int64()) return false;
  line.shown = type == "exposure";
  line.action = text_of(object, "action");
  items.clear();
  if (line.shown) {
    const json::value* list = object.if_contains("items");
    if (!list || !list->is_array()) return false;
    for (const json::value& item : list->get_array()) {
      if (const json::string* id = item.if_string()) items.emplace_back(id->data(), id->size());
    }
  } else if (type == "action") {
    items.push_back(text_of(object, "item_id"));
  } else {
    return false;
  }
  line.page = {text_of(object, "user_id"), text_of(object, "request_id"), text_of(object, "query"),
               items, time->get_int64()};
  return true;
}

}  // namespace

JournalReader::JournalReader(std::string directory, int64_t from)
    // Files are named by the server's clock, which an event may be ahead of.
    : directory_(std::move(directory)), first_day_(day_of(from - kMostAhead)) {}

void JournalReader::read_on(const std::function<void(const JournalLine&)>& take) {
  const std::string first = date_text(first_day_) + ".jsonl";
  std::error_code failure;
  const fs::directory_iterator files(directory_, failure);
  if (failure) throw system_error("read", directory_, failure.value());
  for (const auto& entry : files) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".jsonl") && name >= first) read_.try_emplace(name, 0);
  }
  std::string text;
  for (auto& [name, begin] : read_) {
    const std::string path = directory_ + "/" + name;
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(begin));
    if (!file) throw system_error("read", path, errno);
    text.clear();
    for (bool more = true; more;) {
      const size_t kept = text.size();
      text.resize(kept + kChunk);
      file.read(text.data() + kept, kChunk);
      text.resize(kept + static_cast<size_t>(file.gcount()));
      more = !file.eof();
      if (file.bad()) throw system_error("read", path, errno);
      const size_t taken = take_lines(text, take);
      begin += taken;
      text.erase(0, taken);
    }
  }
}

// Returns the bytes of the lines that have ended.
size_t JournalReader::take_lines(std::string_view text,
                                 const std::function<void(const JournalLine&)>& take) {
  std::vector<unsigned char> space(16 << 10);
  std::vector<std::string_view> items;
  size_t taken = 0;
  for (size_t end; (end = text.find('\n', taken)) != std::string_view::npos; taken = end + 1) {
    const std::string_view one = text.substr(taken, end - taken);
    if (one.empty()) continue;
    json::monotonic_resource values(space.data(), space.size());
    json::error_code code;
    const json::value root = json::parse(one, code, &values);
    JournalLine line;
    if (!code && root.is_object() && read_line(root.get_object(), line, items)) {
      take(line);
    } else {
      ++bad_lines_;
    }
  }
  return taken;
}

}  // namespace kaskad
