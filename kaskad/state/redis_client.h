// Connections to one Redis, made when they are needed and again when they are gone. Private to
// redis_store.cc. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/pool.h"

struct redisContext;

namespace kaskad {

// An answer: a whole number, a text or a list; nothing where there is none.
struct RedisReply {
  enum class Kind { kNothing, kNumber, kText, kList };
  Kind kind = Kind::kNothing;
  long long number = 0;
  std::string text = {};
  std::vector<RedisReply> list = {};
};

class RedisClient {
 public:
  RedisClient(std::string host, int port, int timeout_ms);
  ~RedisClient();

  // Words may hold any bytes. Throws Error naming the address, with what Redis said. A connection
  // that was closed meanwhile is made again once, which is why commands must be repeatable.
  RedisReply ask(const std::vector<std::string>& words) const;

  const std::string& address() const { return address_; }

 private:
  struct Connection;
  std::unique_ptr<Connection> connect() const;

  const std::string host_, address_;
  const int port_, timeout_ms_;
  mutable Pool<std::unique_ptr<Connection>> connections_;
};

}  // namespace kaskad
