#include "kaskad/server/journal_reader.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/events_api.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = size_t{1} << 22;  // bytes that are read at once

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
      const ReadLines read = read_journal_lines(text, take);
      bad_lines_ += read.bad;
      begin += read.bytes;
      text.erase(0, read.bytes);
    }
  }
}

}  // namespace kaskad
