#include "kaskad/state/redis_store.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/state/event_code.h"
#include "kaskad/state/redis_client.h"
#include "kaskad/state/redis_peers.h"
#include "kaskad/state/redis_scripts.h"

namespace kaskad {
namespace {

namespace code = event_code;

constexpr std::string_view kScheme = "redis://";
constexpr int64_t kMostWhole = int64_t{1} << 53;  // of a double
constexpr size_t kArrivalDigits = 16, kIdentityBytes = 33;

// A name for what sorts and compares as bytes, in keys of Redis.
std::string user_hash(std::string_view user_id) { return code::deleted_key(user_id).substr(1); }

struct Address {
  std::string host, name = "kaskad";
  int port = 6379;
};

Address parse(const std::string& url) {
  const auto fail = [&]() -> Error {
    return Error("'" + url + "': expected redis://HOST:PORT or redis://HOST:PORT/NAME");
  };
  if (!is_redis_url(url)) throw fail();
  std::string rest = url.substr(kScheme.size());
  Address address;
  if (const size_t slash = rest.find('/'); slash != std::string::npos) {
    if (slash + 1 < rest.size()) address.name = rest.substr(slash + 1);
    rest.resize(slash);
  }
  if (const size_t colon = rest.rfind(':'); colon != std::string::npos) {
    const char* end = rest.data() + rest.size();
    const auto parsed = std::from_chars(rest.data() + colon + 1, end, address.port);
    const bool is_port =
        parsed.ec == std::errc() && parsed.ptr == end && address.port > 0 && address.port < 65'536;
    if (!is_port) throw fail();
    rest.resize(colon);
  }
  if (rest.empty()) throw fail();
  address.host = rest;
  return address;
}

class RedisStore : public EventStore {
 public:
  RedisStore(const std::string& url, const RedisStoreOptions& options)
      : RedisStore(parse(url), options) {}

  std::vector<Kept> append(std::span<const LiveEvent> events) override;
  UserState user_state(std::string_view user_id, size_t limit) const override;
  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override {
    return user_state(user_id, limit).events;
  }
  size_t erase_user(std::string_view user_id, int64_t until) override;
  std::optional<int64_t> erased_until(std::string_view user_id) const override;
  std::optional<int64_t> newest() const override;
  uint64_t scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const override;
  PeerChannel* peers() override { return peers_.get(); }

 private:
  RedisStore(const Address& address, const RedisStoreOptions& options)
      : client_(address.host, address.port, options.timeout_ms),
        name_(address.name),
        limits_(options.limits),
        max_age_(std::to_string(std::min(options.limits.max_age, kMostWhole))) {
    check_durability(options.sync);
    if (options.peers) peers_ = std::make_unique<RedisPeers>(client_, name_ + ":s");
  }

  void check_durability(bool sync) const;
  std::string setting(const char* name) const;
  RedisReply run(const char* script, std::vector<std::string> arguments) const;
  std::optional<int64_t> number(const RedisReply& reply) const;
  Error damaged() const { return Error("redis at " + client_.address() + ": an event is damaged"); }
  int64_t whole(const std::string& text) const;
  LiveEvent read(const std::string& user_id, const std::string& member,
                 const std::string& time) const;

  const RedisClient client_;
  const std::string name_;
  const StoreLimits limits_;
  const std::string max_age_;
  std::unique_ptr<RedisPeers> peers_;  // null: none were asked for
};

// Empty where the Redis does not tell, as hosted ones do not.
std::string RedisStore::setting(const char* name) const {
  try {
    const RedisReply reply = client_.ask({"CONFIG", "GET", name});
    return reply.list.size() == 2 ? reply.list[1].text : "";
  } catch (const Error&) {
    client_.ask({"PING"});  // it is there, and just does not tell
    return "";
  }
}

void RedisStore::check_durability(bool sync) const {
  const std::string log = setting("appendonly"), fsync = setting("appendfsync");
  const std::string eviction = setting("maxmemory-policy");
  const auto fail = [&](const std::string& found, const std::string& expected) {
    throw Error("redis at " + client_.address() + ": found '" + found + "', expected " + expected);
  };
  if (log == "no") fail("appendonly no", "'appendonly yes': acknowledged events are to stay");
  if (sync && !fsync.empty() && fsync != "always") {
    fail("appendfsync " + fsync, "'appendfsync always', or --events-lazy");
  }
  if (!eviction.empty() && eviction != "noeviction") {
    fail("maxmemory-policy " + eviction, "'maxmemory-policy noeviction'");
  }
}

RedisReply RedisStore::run(const char* script, std::vector<std::string> arguments) const {
  std::vector<std::string> words = {"EVAL", script, "1", name_};
  std::move(arguments.begin(), arguments.end(), std::back_inserter(words));
  return client_.ask(words);
}

// The script may be run twice, when a connection broke: then its events are duplicates of its own.
std::vector<Kept> RedisStore::append(std::span<const LiveEvent> events) {
  std::vector<Kept> kept(events.size(), Kept::kExpired);
  std::vector<std::string> arguments = {max_age_, std::to_string(limits_.events_per_user),
                                        peers_ ? peers_->origin() : "",
                                        std::to_string(RedisPeers::kMostNews)};
  std::vector<size_t> sent;
  for (size_t i = 0; i < events.size(); ++i) {
    const LiveEvent& event = events[i];
    if (std::abs(static_cast<double>(event.time)) > static_cast<double>(kMostWhole)) continue;
    arguments.insert(arguments.end(),
                     {event.user_id, user_hash(event.user_id), std::to_string(event.time),
                      code::identity_key(event), code::encode_event(event)});
    sent.push_back(i);
  }
  if (sent.empty()) return kept;
  const RedisReply reply = run(redis_scripts::kAppend, std::move(arguments));
  if (reply.list.size() != sent.size()) throw damaged();
  for (size_t i = 0; i < sent.size(); ++i) kept[sent[i]] = static_cast<Kept>(reply.list[i].number);
  return kept;
}

int64_t RedisStore::whole(const std::string& text) const {
  double value = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end) throw damaged();
  return static_cast<int64_t>(value);
}

LiveEvent RedisStore::read(const std::string& user_id, const std::string& member,
                           const std::string& time) const {
  if (member.size() < kArrivalDigits + kIdentityBytes) throw damaged();
  auto event = code::decode_event(std::string_view(member).substr(kArrivalDigits + kIdentityBytes));
  if (!event) throw damaged();
  event->user_id = user_id;
  event->time = whole(time);
  return *std::move(event);
}

UserState RedisStore::user_state(std::string_view user_id, size_t limit) const {
  limit = std::min(limit, limits_.events_per_user);
  const std::string user(user_id);
  const RedisReply reply =
      run(redis_scripts::kUserState, {max_age_, user, user_hash(user_id), std::to_string(limit)});
  if (reply.list.size() != 3) throw damaged();
  UserState state{{}, number(reply.list[1]), number(reply.list[0])};
  const auto& found = reply.list[2].list;
  for (size_t i = 0; i + 1 < found.size(); i += 2) {
    state.events.push_back(read(user, found[i].text, found[i + 1].text));
  }
  std::ranges::reverse(state.events);
  return state;
}

size_t RedisStore::erase_user(std::string_view user_id, int64_t until) {
  const RedisReply reply =
      run(redis_scripts::kErase, {max_age_, std::string(user_id), user_hash(user_id),
                                  std::to_string(std::clamp(until, -kMostWhole, kMostWhole)),
                                  std::to_string(limits_.events_per_user)});
  return static_cast<size_t>(reply.number);
}

std::optional<int64_t> RedisStore::number(const RedisReply& reply) const {
  if (reply.kind == RedisReply::Kind::kNothing) return std::nullopt;
  return whole(reply.text);
}

std::optional<int64_t> RedisStore::erased_until(std::string_view user_id) const {
  return number(client_.ask({"GET", name_ + ":d:" + user_hash(user_id)}));
}

std::optional<int64_t> RedisStore::newest() const {
  return number(client_.ask({"GET", name_ + ":n"}));
}

uint64_t RedisStore::scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const {
  constexpr size_t kLot = 1000;
  const auto arrivals =
      static_cast<uint64_t>(number(client_.ask({"GET", name_ + ":a"})).value_or(0));
  const auto last = newest();
  if (!last) return arrivals;
  const int64_t oldest = *last - std::min(limits_.max_age, kMostWhole);
  const std::string least = std::to_string(std::max(from, oldest));
  char last_arrival[kArrivalDigits + 1];
  std::snprintf(last_arrival, sizeof(last_arrival), "%016llx",
                static_cast<unsigned long long>(arrivals));
  for (size_t passed = 0;; passed += kLot) {
    const RedisReply reply = run(
        redis_scripts::kScan, {least, std::to_string(passed), std::to_string(kLot), last_arrival});
    if (reply.list.size() != 2) throw damaged();
    const auto& found = reply.list[1].list;
    for (size_t i = 0; i + 2 < found.size(); i += 3) {
      take(read(found[i].text, found[i + 1].text, found[i + 2].text));
    }
    if (static_cast<size_t>(reply.list[0].number) < kLot) return arrivals;
  }
}

}  // namespace

bool is_redis_url(const std::string& text) { return text.starts_with(kScheme); }

std::unique_ptr<EventStore> open_redis_store(const std::string& url,
                                             const RedisStoreOptions& options) {
  return std::make_unique<RedisStore>(url, options);
}

}  // namespace kaskad
