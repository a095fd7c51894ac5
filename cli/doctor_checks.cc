#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "cli/child_process.h"
#include "cli/doctor.h"
#include "kaskad/core/file.h"
#include "kaskad/log/event_reader.h"

namespace kaskad::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kUsers = 60;
constexpr double kPatience = 60;  // seconds for a step that takes one or two

// Two groups of users who each walk round their own half of 40 items, so that there is something
// to learn.
std::string small_log() {
  std::string csv = "user_id,item_id,timestamp\n";
  for (int user = 0; user < kUsers; ++user) {
    for (int step = 0; step < 12; ++step) {
      const int item = 20 * (user % 2) + (user * 3 + step) % 20;
      csv += "u" + std::to_string(user) + ",i" + std::to_string(item) + "," +
             std::to_string(1'700'000'000 + 1000 * step + user) + "\n";
    }
  }
  return csv;
}

std::string last_line(const std::string& text) {
  const size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

class Socket {
 public:
  Socket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw system_error("open", "a socket", errno);
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t free_port() {
  const Socket probe;
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(probe.fd(), generic, length) != 0 || getsockname(probe.fd(), generic, &length) != 0) {
    throw system_error("bind", "a loopback port", errno);
  }
  return ntohs(address.sin_port);
}

// The whole answer, headers first; empty while nobody listens yet.
std::string ask(uint16_t port, const std::string& request) {
  const Socket connection;
  const sockaddr_in address = loopback(port);
  if (connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return "";
  }
  if (send(connection.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return "";
  std::string answer;
  char piece[4096];
  for (ssize_t got; (got = recv(connection.fd(), piece, sizeof(piece), 0)) > 0;) {
    answer.append(piece, static_cast<size_t>(got));
  }
  return answer;
}

std::string post_recommend() {
  const std::string body = R"({"user_id": "u1", "k": 3})";
  return "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Connection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The checks share a folder; each throws Error with the reason when it fails.
class Checkup {
 public:
  explicit Checkup(std::string kaskad) : kaskad_(std::move(kaskad)) {
    std::string name = (fs::temp_directory_path() / "kaskad-doctor-XXXXXX").string();
    if (!mkdtemp(name.data())) throw system_error("create", name, errno);
    folder_ = name;
  }
  ~Checkup() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Checkup(const Checkup&) = delete;
  Checkup& operator=(const Checkup&) = delete;

  std::string kernels() { return check_kernels(); }

  std::string ingest() {
    write_file(at("log.csv"), small_log());
    run({"ingest", at("log.csv"), "-o", at("data")});
    return "a log of " + std::to_string(kUsers * 12) + " events became a dataset";
  }

  // The same log compressed.
  std::string gzip() {
    const gzFile file = gzopen(at("log.csv.gz").c_str(), "wb");
    if (!file) throw system_error("create", at("log.csv.gz"), errno);
    const std::string csv = small_log();
    const int written = gzwrite(file, csv.data(), static_cast<unsigned>(csv.size()));
    if (gzclose(file) != Z_OK || written != static_cast<int>(csv.size())) {
      throw Error("the log could not be compressed");
    }
    return read_rows(at("log.csv.gz"), kUsers * 12);
  }

  std::string grid() {
    run({"grid", at("data"), "--split", "leave-one-out", "-o", at("grid"), "--json"});
    return "the default grid was fitted and a winner saved";
  }

  std::string eval() {
    run({"eval", at("data"), "--bundle", bundle(), "--split", "leave-one-out", "--json"});
    return "the winner was loaded and measured";
  }

  std::string recommend() {
    run({"recommend", "--bundle", bundle(), "--k", "3", "-o", at("recs.csv")});
    const std::string csv = read_file(at("recs.csv"));
    const auto rows = std::count(csv.begin(), csv.end(), '\n') - 1;
    if (rows != 3 * kUsers) {
      throw Error(std::to_string(rows) + " rows were written, expected " +
                  std::to_string(3 * kUsers));
    }
    return std::to_string(rows) + " recommendations were written";
  }

  // Writes and reads it.
  std::string parquet() {
    run({"recommend", "--bundle", bundle(), "--k", "3", "-o", at("recs.parquet")});
    return read_rows(at("recs.parquet"), 3 * kUsers);
  }

  // A byte in the middle of the largest array changes: loading has to notice.
  std::string damage() {
    fs::copy(bundle(), at("damaged"), fs::copy_options::recursive);
    fs::path largest;
    for (const auto& entry : fs::recursive_directory_iterator(at("damaged"))) {
      if (!entry.is_regular_file() || entry.path().filename() == "manifest.json") continue;
      if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
    }
    if (largest.empty()) throw Error("the bundle holds no array");
    std::string bytes = read_file(largest.string());
    bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
    write_file(largest.string(), bytes);
    ChildProcess child({kaskad_, "recommend", "--bundle", at("damaged"), "-o", at("none.csv")},
                       at("output"));
    const std::string end = child.wait(kPatience);
    if (end != "exit status 1") {
      throw Error("a bundle with a changed byte in " + largest.filename().string() +
                  " was not refused (" + (end.empty() ? "exit status 0" : end) + ")");
    }
    return "a bundle with one changed byte is refused";
  }

  std::string serve() {
    const uint16_t port = free_port();
    ChildProcess server({kaskad_, "serve", "--bundle", bundle(), "--port", std::to_string(port)},
                        at("output"));
    std::string answer;
    for (int attempt = 0; attempt < 300 && answer.empty() && server.running(); ++attempt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      answer = ask(port, post_recommend());
    }
    if (!answer.starts_with("HTTP/1.1 200")) {
      const std::string found = answer.empty() ? last_line(read_file(at("output"))) : answer;
      throw Error("no recommendation came on port " + std::to_string(port) + ": " +
                  found.substr(0, 300));
    }
    server.interrupt();
    const std::string end = server.wait(10);
    if (!end.empty()) throw Error("after Ctrl-C: " + end);
    return "a request on a loopback port was answered, and the server stopped when asked";
  }

 private:
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string bundle() const { return at("grid/winner"); }

  static std::string read_rows(const std::string& path, size_t expected) {
    LogOptions options;
    options.time = TimeFormat::kNone;
    const auto reader = open_events(path, options);
    EventBatch batch;
    size_t rows = 0;
    while (reader->next(batch)) rows += batch.size();
    if (rows != expected) {
      throw Error(std::to_string(rows) + " rows were read, expected " + std::to_string(expected));
    }
    return std::to_string(rows) + " rows were written and read: " + reader->description();
  }

  void run(std::vector<std::string> arguments) {
    const std::string verb = arguments[0];
    arguments.insert(arguments.begin(), kaskad_);
    ChildProcess child(arguments, at("output"));
    const std::string end = child.wait(kPatience);
    if (end.empty()) return;
    throw Error("kaskad " + verb + ": " + end + "; " + last_line(read_file(at("output"))));
  }

  std::string kaskad_, folder_;
};

}  // namespace

std::vector<Check> run_checks(const std::string& kaskad) {
  struct Step {
    const char* name;
    std::string (Checkup::*run)();
    const char* needs;  // an earlier step
  };
  static constexpr Step kSteps[] = {
      {"kernels", &Checkup::kernels, ""},     {"gzip", &Checkup::gzip, ""},
      {"ingest", &Checkup::ingest, ""},       {"grid", &Checkup::grid, "ingest"},
      {"eval", &Checkup::eval, "grid"},       {"recommend", &Checkup::recommend, "grid"},
      {"parquet", &Checkup::parquet, "grid"}, {"damaged bundle", &Checkup::damage, "recommend"},
      {"serve", &Checkup::serve, "grid"}};
  Checkup checkup(kaskad);
  std::vector<Check> checks;
  for (const Step& step : kSteps) {
    const bool blocked = std::any_of(checks.begin(), checks.end(), [&](const Check& check) {
      return check.name == step.needs && !check.ok;
    });
    Check& check = checks.emplace_back();
    check.name = step.name;
    const auto start = std::chrono::steady_clock::now();
    try {
      if (blocked) throw Error(std::string("not tried, because ") + step.needs + " failed");
      check.detail = (checkup.*step.run)();
      check.ok = true;
    } catch (const std::exception& error) {
      check.detail = error.what();
    }
    check.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return checks;
}

}  // namespace kaskad::cli
