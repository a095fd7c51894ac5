// News of the servers of one Redis: a stream, which the script of append() writes events to and
// each server its pages, a few at a time. Owned by redis_store.cc.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "kaskad/state/peer_channel.h"
#include "kaskad/state/redis_client.h"

namespace kaskad {

class RedisPeers : public PeerChannel {
 public:
  // How much there is of news at most, in Redis and, while it is away, here.
  static constexpr size_t kMostNews = 16'384;             // entries of the stream
  static constexpr size_t kPageBytes = size_t{16} << 10;  // of an entry, or one line
  static constexpr size_t kMostWaiting = size_t{4} << 20;
  static constexpr std::chrono::hours kKept{1};

  // `client` outlives this. The stream is one of the store's keys.
  RedisPeers(const RedisClient& client, std::string stream);
  // Tells what waits, if Redis is there.
  ~RedisPeers() override;

  void tell(std::string_view pages) override;
  std::vector<PeerNews> read(PeerPosition& position, std::chrono::milliseconds wait,
                             Of whom) const override;
  uint64_t dropped() const override { return dropped_; }

  // How the entries of this server are marked, so that it does not read its own.
  const std::string& origin() const { return origin_; }

 private:
  void loop();
  bool send();  // one entry of what waits; false where Redis does not take it
  void forget_old();

  const RedisClient& client_;
  const std::string stream_, origin_;
  std::atomic<uint64_t> dropped_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kaskad
