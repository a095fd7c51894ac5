#include "kaskad/state/redis_client.h"

#include <hiredis/hiredis.h>

#include "kaskad/core/error.h"

namespace kaskad {

struct RedisClient::Connection {
  explicit Connection(redisContext* opened) : context(opened) {}
  ~Connection() { redisFree(context); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  redisContext* context;
};

namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, FreeReply>;

RedisReply copy(const redisReply& reply) {
  RedisReply out;
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      out.kind = RedisReply::Kind::kNumber;
      out.number = reply.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      out.kind = RedisReply::Kind::kText;
      out.text.assign(reply.str, reply.len);
      break;
    case REDIS_REPLY_ARRAY:
      out.kind = RedisReply::Kind::kList;
      for (size_t i = 0; i < reply.elements; ++i) out.list.push_back(copy(*reply.element[i]));
      break;
    default:
      break;
  }
  return out;
}

ReplyPointer send(redisContext* context, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<size_t> lengths;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    lengths.push_back(word.size());
  }
  return ReplyPointer(static_cast<redisReply*>(
      redisCommandArgv(context, static_cast<int>(words.size()), texts.data(), lengths.data())));
}

}  // namespace

RedisClient::RedisClient(std::string host, int port, int timeout_ms)
    : host_(std::move(host)),
      address_(host_ + ":" + std::to_string(port)),
      port_(port),
      timeout_ms_(timeout_ms),
      connections_([] { return std::make_unique<std::unique_ptr<Connection>>(); }) {}

RedisClient::~RedisClient() = default;

std::unique_ptr<RedisClient::Connection> RedisClient::connect() const {
  const timeval timeout{timeout_ms_ / 1000, timeout_ms_ % 1000 * 1000};
  redisContext* context = redisConnectWithTimeout(host_.c_str(), port_, timeout);
  if (!context) throw Error("redis at " + address_ + ": out of memory");
  auto connection = std::make_unique<Connection>(context);
  if (context->err) throw Error("redis at " + address_ + ": cannot connect: " + context->errstr);
  redisSetTimeout(context, timeout);
  return connection;
}

RedisReply RedisClient::ask(const std::vector<std::string>& words) const {
  Pool<std::unique_ptr<Connection>>::Loan loan(connections_);
  std::unique_ptr<Connection>& connection = *loan;
  const bool old = connection != nullptr;
  if (!old) connection = connect();
  ReplyPointer reply = send(connection->context, words);
  if (!reply && old) {
    connection = connect();
    reply = send(connection->context, words);
  }
  if (!reply) {
    const std::string why = connection->context->errstr;
    connection.reset();
    throw Error("redis at " + address_ + ": no answer: " + why);
  }
  if (reply->type == REDIS_REPLY_ERROR) {
    throw Error("redis at " + address_ + ": " + std::string(reply->str, reply->len));
  }
  return copy(*reply);
}

}  // namespace kaskad
