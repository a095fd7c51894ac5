#include "kaskad/log/text_window.h"

#include <algorithm>
#include <cstring>

#include "kaskad/core/error.h"
#include "kaskad/core/memory.h"

namespace kaskad {
namespace {

constexpr size_t kWindowBlock = 1 << 20;

}  // namespace

TextWindow::TextWindow(std::unique_ptr<ByteSource> bytes, const std::string& name)
    : bytes_(std::move(bytes)), name_(name) {
  refill(text_.get(), 1);
  skip_byte_order_mark();
}

bool TextWindow::refill(const char* used, size_t line) {
  const size_t kept = size_ - static_cast<size_t>(used - text_.get());
  if (kept > 0) std::memmove(text_.get(), used, kept);
  begin_ = lines_end_ = 0;
  size_ = kept;
  size_t searched = 0;  // the piece of a line that is known to hold no '\n'
  do {
    if (size_ > kMaxRow) {
      throw data_error(name_, line, "", "a row of more than " + format_bytes(kMaxRow),
                       "the end of the row (a quotation mark may be left open)");
    }
    searched = kept == size_ ? 0 : size_;
    read_block();
    // The last line break; what was kept is searched too, as the caller may have left lines.
    const void* last = memrchr(text_.get() + searched, '\n', size_ - searched);
    if (last) lines_end_ = static_cast<size_t>(static_cast<const char*>(last) - text_.get()) + 1;
  } while (lines_end_ == 0 && !ended_);
  return lines_end_ > 0;
}

// Reads as much as there is already, so that a long row is searched few times.
void TextWindow::read_block() {
  const size_t wanted = std::max(kWindowBlock, size_);
  // One byte more for the '\n' that a last line may lack.
  reserve(size_ + wanted + 1);
  const size_t target = size_ + wanted;
  while (!ended_ && size_ < target) {
    const size_t got = bytes_->read(text_.get() + size_, target - size_);
    ended_ = got == 0;
    size_ += got;
  }
  if (ended_ && size_ > 0 && text_[size_ - 1] != '\n') text_[size_++] = '\n';
}

// Leaves new memory as it is, so that a small file touches few pages.
void TextWindow::reserve(size_t capacity) {
  if (capacity <= capacity_) return;
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(larger.get(), text_.get(), size_);
  text_ = std::move(larger);
  capacity_ = capacity;
}

void TextWindow::skip_byte_order_mark() {
  const std::string_view text = lines();
  if (text.starts_with("\xef\xbb\xbf")) {
    begin_ = 3;
  } else if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    throw data_error(name_, 1, "", "UTF-16 text", "UTF-8 text");
  }
}

}  // namespace kaskad
