#include "kaskad/state/redis_peers.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/state/event_code.h"

namespace kaskad {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGather{20};  // pages of so long go together
constexpr milliseconds kAgain{500};  // after a failure
constexpr milliseconds kTidy{60'000};
constexpr int kAtOnce = 200;  // entries

std::string random_name() {
  std::random_device random;
  char text[17];
  std::snprintf(text, sizeof(text), "%08x%08x", random(), random());
  return text;
}

// The fields of an entry, names and values in turn.
std::string_view field(const RedisReply& fields, std::string_view name) {
  for (size_t i = 0; i + 1 < fields.list.size(); i += 2) {
    if (fields.list[i].text == name) return fields.list[i + 1].text;
  }
  return {};
}

// Nothing for an entry that is neither: of a version of kaskad that is yet to come.
std::optional<PeerNews> news_of(const RedisReply& fields) {
  PeerNews news;
  news.pages = field(fields, "pages");
  if (!news.pages.empty()) return news;
  news.event = event_code::decode_event(field(fields, "event"));
  if (!news.event) return std::nullopt;
  news.event->user_id = field(fields, "user");
  news.event->time = std::strtoll(std::string(field(fields, "time")).c_str(), nullptr, 10);
  news.arrival = std::strtoull(std::string(field(fields, "arrival")).c_str(), nullptr, 16);
  return news;
}

// Bytes of the lines that go together; of a longer one, that one.
size_t lot_of_lines(const std::string& lines) {
  if (lines.size() <= RedisPeers::kPageBytes) return lines.size();
  size_t end = lines.rfind('\n', RedisPeers::kPageBytes - 1);
  if (end == std::string::npos) end = lines.find('\n');
  return end + 1;
}

}  // namespace

RedisPeers::RedisPeers(const RedisClient& client, std::string stream)
    : client_(client),
      stream_(std::move(stream)),
      origin_(random_name()),
      thread_([this] { loop(); }) {}

RedisPeers::~RedisPeers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RedisPeers::tell(std::string_view pages) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() + pages.size() > kMostWaiting) {
    dropped_ += static_cast<uint64_t>(std::ranges::count(pages, '\n'));
    return;
  }
  if (waiting_.empty()) changed_.notify_all();
  waiting_ += pages;
}

void RedisPeers::loop() {
  auto tidy = std::chrono::steady_clock::now() + kTidy;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, tidy, [this] { return stopping_ || !waiting_.empty(); });
    if (!stopping_) changed_.wait_for(lock, kGather, [this] { return stopping_; });
    bool sent = true;
    while (sent && !waiting_.empty()) {
      lock.unlock();
      sent = send();
      lock.lock();
    }
    if (std::chrono::steady_clock::now() >= tidy) {
      tidy = std::chrono::steady_clock::now() + kTidy;
      lock.unlock();
      forget_old();
      lock.lock();
    }
    if (!sent) changed_.wait_for(lock, kAgain, [this] { return stopping_; });
  }
}

bool RedisPeers::send() {
  std::string lines;
  {
    const std::lock_guard lock(mutex_);
    lines = waiting_.substr(0, lot_of_lines(waiting_));
  }
  try {
    client_.ask({"XADD", stream_, "MAXLEN", "~", std::to_string(kMostNews), "*", "origin", origin_,
                 "pages", lines});
  } catch (const Error&) {
    return false;  // it stays, until there is too much
  }
  const std::lock_guard lock(mutex_);
  waiting_.erase(0, lines.size());
  return true;
}

void RedisPeers::forget_old() {
  const int64_t oldest = wall_clock() - milliseconds(kKept).count();
  try {
    client_.ask({"XTRIM", stream_, "MINID", std::to_string(oldest)});
  } catch (const Error&) {  // the next time
  }
}

std::vector<PeerNews> RedisPeers::read(PeerPosition& position, milliseconds wait, Of whom) const {
  std::vector<std::string> words = {"XREAD", "COUNT", std::to_string(kAtOnce)};
  if (wait.count() > 0) words.insert(words.end(), {"BLOCK", std::to_string(wait.count())});
  const std::string from = position.empty() ? "0" : position;
  words.insert(words.end(), {"STREAMS", stream_, from});
  // Of one stream: its name and its entries, each a place and fields.
  const RedisReply reply = client_.ask(words);
  std::vector<PeerNews> news;
  if (reply.list.empty() || reply.list[0].list.size() != 2) return news;
  for (const RedisReply& entry : reply.list[0].list[1].list) {
    if (entry.list.size() != 2) continue;
    position = entry.list[0].text;
    if (whom == Of::kOthers && field(entry.list[1], "origin") == origin_) continue;
    if (auto one = news_of(entry.list[1])) news.push_back(*std::move(one));
  }
  return news;
}

}  // namespace kaskad
