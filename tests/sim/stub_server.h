// A server of POST /v1/rank that a test scripts: one connection after the other, each kept as long
// as the client likes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>

namespace kaskad::sim {

class StubServer {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    bool hang_up = false;  // after it
  };
  using Handle = std::function<Answer(const nlohmann::json& request)>;

  explicit StubServer(Handle handle)
      : handle_(std::move(handle)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, any, length) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, any, &length) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~StubServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (const int connection = connection_; connection >= 0) shutdown(connection, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void serve() {
    while (!stopping_) {
      connection_ = accept(listener_, nullptr, nullptr);
      if (connection_ < 0) return;
      ++connections_;
      while (answer_one(connection_)) {
      }
      close(connection_.exchange(-1));
    }
  }

  bool answer_one(int connection) const {
    std::string text;
    size_t end = std::string::npos, length = 0;
    while (end == std::string::npos || text.size() < end + length) {
      char bytes[16384];
      const ssize_t count = recv(connection, bytes, sizeof(bytes), 0);
      if (count <= 0) return false;
      text.append(bytes, static_cast<size_t>(count));
      if (end != std::string::npos) continue;
      const size_t blank = text.find("\r\n\r\n");
      if (blank == std::string::npos) continue;
      end = blank + 4;
      length = std::strtoul(text.c_str() + text.find("Content-Length: ") + 16, nullptr, 10);
    }
    const Answer answer = handle_(nlohmann::json::parse(text.substr(end)));
    const std::string reply = "HTTP/1.1 " + std::to_string(answer.status) +
                              " X\r\nContent-Length: " + std::to_string(answer.body.size()) +
                              "\r\n\r\n" + answer.body;
    return send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(reply.size()) &&
           !answer.hang_up;
  }

  const Handle handle_;
  const int listener_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connection_ = -1, connections_ = 0;
  std::thread thread_;
};

}  // namespace kaskad::sim
