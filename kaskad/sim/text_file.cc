#include "kaskad/sim/text_file.h"

#include <zlib.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad::sim {
namespace {

constexpr size_t kBuffer = 1 << 18;  // bytes of text handed over at once

class PlainFile final : public TextFile {
 public:
  explicit PlainFile(const std::string& path) : file_(path) {}

 private:
  void put(std::string_view text) override { file_.write(text); }
  void finish() override { file_.close(); }

  FileWriter file_;
};

class GzipFile final : public TextFile {
 public:
  explicit GzipFile(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "wb3")) {
    if (!file_) throw system_error("create", path, errno);
  }
  ~GzipFile() override {
    if (file_) gzclose(file_);
  }

 private:
  void put(std::string_view text) override {
    if (text.empty()) return;
    if (gzwrite(file_, text.data(), static_cast<unsigned>(text.size())) == 0) throw failed();
  }
  void finish() override {
    if (gzclose(std::exchange(file_, nullptr)) != Z_OK) throw failed();
  }
  Error failed() const { return system_error("write", path_, errno); }

  const std::string path_;
  gzFile file_;
};

}  // namespace

std::unique_ptr<TextFile> TextFile::create(const std::string& path) {
  if (path.ends_with(".gz")) return std::make_unique<GzipFile>(path);
  return std::make_unique<PlainFile>(path);
}

TextFile& TextFile::cell(std::string_view text) {
  if (!std::exchange(first_, false)) text_ += ',';
  text_ += text;
  return *this;
}

TextFile& TextFile::whole(int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  return cell(std::string_view(digits, end));
}

TextFile& TextFile::cell(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), static_cast<float>(number)).ptr;
  return cell(std::string_view(digits, end));
}

void TextFile::end_row() {
  text_ += '\n';
  first_ = true;
  if (text_.size() >= kBuffer) flush();
}

void TextFile::flush() {
  put(text_);
  text_.clear();
}

void TextFile::close() {
  flush();
  finish();
}

}  // namespace kaskad::sim
