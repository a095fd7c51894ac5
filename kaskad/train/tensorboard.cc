#include "kaskad/train/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "kaskad/core/error.h"

namespace kaskad::train {
namespace {

constexpr std::string_view kFilePrefix = "events.out.tfevents.";

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0x82f63b78u : 0);
    table[byte] = value;
  }
  return table;
}

// Fixed-size little-endian numbers; kaskad runs on such machines only.
template <typename T>
void append_raw(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void append_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// Wire types of protobuf.
enum Wire : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_key(std::string& out, uint64_t field, Wire wire) {
  append_varint(out, field << 3 | wire);
}

void append_bytes(std::string& out, uint64_t field, std::string_view bytes) {
  append_key(out, field, kBytes);
  append_varint(out, bytes.size());
  out.append(bytes);
}

// message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary =
// 5; }
std::string begin_event() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string event;
  append_key(event, 1, kFixed64);
  append_raw(event, std::chrono::duration<double>(now).count());
  return event;
}

// message Summary { repeated Value value = 1; }
// message Value { string tag = 1; float simple_value = 2; }
std::string summary(const std::vector<Scalar>& scalars) {
  std::string out;
  for (const Scalar& scalar : scalars) {
    std::string value;
    append_bytes(value, 1, scalar.tag);
    append_key(value, 2, kFixed32);
    append_raw(value, scalar.value);
    append_bytes(out, 1, value);
  }
  return out;
}

// uint64 length, masked crc of these 8 bytes, the bytes, their masked crc.
void append_record(std::string& out, std::string_view bytes) {
  std::string length;
  append_raw(length, static_cast<uint64_t>(bytes.size()));
  out += length;
  append_raw(out, masked_crc32c(length));
  out += bytes;
  append_raw(out, masked_crc32c(bytes));
}

std::string file_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  return std::string(kFilePrefix) +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count()) + "." +
         host + "." + std::to_string(getpid());
}

}  // namespace

void remove_event_files(const std::string& directory) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(directory)) return;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with(kFilePrefix)) fs::remove(entry.path());
  }
}

uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = crc_table();
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return ~crc;
}

uint32_t masked_crc32c(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

EventFile::EventFile(const std::string& directory) : path_(directory + "/" + file_name()) {
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0) throw system_error("create", path_, errno);
  std::string event = begin_event();
  append_bytes(event, 3, "brain.Event:2");
  append_record(buffer_, event);
  flush();
}

EventFile::~EventFile() {
  try {
    flush();
  } catch (const Error&) {
    // A curve for the eye: losing its end is no reason to end the process.
  }
  close(fd_);
}

void EventFile::add(int64_t step, const std::vector<Scalar>& scalars) {
  std::string event = begin_event();
  append_key(event, 2, kVarint);
  append_varint(event, static_cast<uint64_t>(step));
  append_bytes(event, 5, summary(scalars));
  append_record(buffer_, event);
  constexpr size_t kBuffer = 1 << 16;
  if (buffer_.size() > kBuffer) flush();
}

void EventFile::flush() {
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t written = write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error("write to", path_, errno);
    done += static_cast<size_t>(written);
  }
  buffer_.clear();
}

}  // namespace kaskad::train
