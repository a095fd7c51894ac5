#include <zlib.h>

#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/log/bytes.h"

namespace kaskad {
namespace {

constexpr size_t kPackedBlock = 1 << 18;

class GzipBytes : public ByteSource {
 public:
  GzipBytes(std::unique_ptr<ByteSource> packed, const std::string& name)
      : packed_(std::move(packed)), name_(name), block_(kPackedBlock) {
    // 16: a gzip header is required, not guessed.
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw Error("zlib cannot be started");
  }
  ~GzipBytes() override { inflateEnd(&stream_); }

  size_t read(char* to, size_t capacity) override {
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(capacity);
    while (stream_.avail_out == capacity && !(member_ended_ && !start_next_member())) {
      if (stream_.avail_in == 0 && !refill()) throw truncated();
      const int state = inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END) {
        member_ended_ = true;
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        throw damaged();
      }
    }
    return capacity - stream_.avail_out;
  }
  uint64_t consumed() const override { return packed_->consumed(); }
  uint64_t total() const override { return packed_->total(); }
  bool gzip() const override { return true; }

 private:
  bool refill() {
    stream_.next_in = block_.data();
    stream_.avail_in =
        static_cast<uInt>(packed_->read(reinterpret_cast<char*>(block_.data()), block_.size()));
    return stream_.avail_in > 0;
  }

  // False at the end of the file.
  bool start_next_member() {
    if (stream_.avail_in == 0 && !refill()) return false;
    if (*stream_.next_in != 0x1f) {
      throw data_error(name_, 0, "", "bytes behind the end of the gzip data",
                       "the end of the file or one more gzip member");
    }
    inflateReset(&stream_);
    member_ended_ = false;
    return true;
  }

  Error truncated() const {
    return data_error(name_, 0, "",
                      "the end of the file inside the gzip data, after " +
                          std::to_string(packed_->consumed()) + " bytes",
                      "a whole gzip file (is it cut off, or still being written?)");
  }

  Error damaged() const {
    return data_error(
        name_, 0, "",
        std::string("damaged gzip data: ") + (stream_.msg ? stream_.msg : "unknown fault"),
        "a whole gzip file");
  }

  std::unique_ptr<ByteSource> packed_;
  std::string name_;
  std::vector<Bytef> block_;
  z_stream stream_ = {};
  bool member_ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> packed, const std::string& name) {
  return std::make_unique<GzipBytes>(std::move(packed), name);
}

}  // namespace kaskad
