// A client that can misbehave: it sends the bytes it is told to, and reads what comes back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kaskad {

struct Answer {
  int status = 0;      // 0: the connection ended before a whole response
  std::string header;  // all of it
  std::string body;

  bool has(std::string_view text) const { return header.find(text) != std::string::npos; }
};

class TestClient {
 public:
  explicit TestClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      ::close(fd_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~TestClient() { ::close(fd_); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // False when the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  void finish_sending() { shutdown(fd_, SHUT_WR); }

  // `body`: false for the answer to a HEAD.
  Answer read(bool body = true) {
    Answer answer;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return answer;
    }
    const size_t end = buffer_.find("\r\n\r\n") + 4;
    answer.header = buffer_.substr(0, end);
    const size_t at = answer.header.find("Content-Length: ");
    const size_t length = body && at != std::string::npos
                              ? std::strtoul(answer.header.c_str() + at + 16, nullptr, 10)
                              : 0;
    while (buffer_.size() < end + length) {
      if (!receive()) return answer;
    }
    answer.status = std::atoi(answer.header.c_str() + 9);
    answer.body = buffer_.substr(end, length);
    buffer_.erase(0, end + length);
    return answer;
  }

  Answer get(const std::string& target) {
    send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return read();
  }

  Answer post(const std::string& target, std::string_view body) {
    send("POST " + target +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    send(body);
    return read();
  }

  // True when the server ends the connection within the time.
  bool closed_within(std::chrono::milliseconds time) {
    pollfd waiting{fd_, POLLIN, 0};
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
      if (poll(&waiting, 1, 20) <= 0) continue;
      char bytes[4096];
      if (recv(fd_, bytes, sizeof(bytes), 0) <= 0) return true;
    }
    return false;
  }

 private:
  // Waits for at most ten seconds, so that a fault of the server fails the test.
  bool receive() {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 10'000) <= 0) return false;
    char bytes[16384];
    const ssize_t count = recv(fd_, bytes, sizeof(bytes), 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  int fd_;
  std::string buffer_;
};

}  // namespace kaskad
