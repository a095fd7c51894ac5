#include "bench/generate_log/row_writer.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>
#include <zlib.h>

#include <charconv>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad::bench {
namespace {

constexpr size_t kBuffer = 1 << 20;     // bytes of text handed over at once
constexpr int64_t kRowGroup = 1 << 20;  // rows

template <typename Number>
void append(std::string& text, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  text.append(digits, end);
}

std::string id(char kind, uint32_t number) {
  std::string text(1, kind);
  append(text, number);
  return text;
}

// Text; what becomes of it is the business of the two classes below.
class CsvWriter : public RowWriter {
 public:
  void write(const Row& row) override {
    text_ += 'u';
    append(text_, row.user);
    text_ += ",i";
    append(text_, row.item);
    text_ += ',';
    append(text_, row.time);
    text_ += '\n';
    if (text_.size() >= kBuffer) flush();
  }

 protected:
  void flush() {
    put(text_);
    text_.clear();
  }
  virtual void put(std::string_view text) = 0;

 private:
  std::string text_ = "user_id,item_id,timestamp\n";
};

class PlainWriter final : public CsvWriter {
 public:
  explicit PlainWriter(const std::string& path) : file_(path) {}
  void close() override {
    flush();
    file_.close();
  }

 private:
  void put(std::string_view text) override { file_.write(text); }
  FileWriter file_;
};

class GzipWriter final : public CsvWriter {
 public:
  explicit GzipWriter(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "wb6")) {
    if (!file_) throw system_error("cannot create", path, errno);
  }
  ~GzipWriter() override {
    if (file_) gzclose(file_);
  }
  void close() override {
    flush();
    if (gzclose(std::exchange(file_, nullptr)) != Z_OK) throw failed();
  }

 private:
  void put(std::string_view text) override {
    if (gzwrite(file_, text.data(), static_cast<unsigned>(text.size())) == 0) throw failed();
  }
  Error failed() const { return system_error("cannot write", path_, errno); }

  std::string path_;
  gzFile file_;
};

void check(const arrow::Status& status) {
  if (!status.ok()) throw Error(status.ToString());
}

class ParquetWriter final : public RowWriter {
 public:
  explicit ParquetWriter(const std::string& path) {
    auto file = arrow::io::FileOutputStream::Open(path);
    check(file.status());
    const auto properties =
        parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build();
    auto writer =
        parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), *file, properties);
    check(writer.status());
    writer_ = std::move(*writer);
  }

  void write(const Row& row) override {
    check(user_.Append(id('u', row.user)));
    check(item_.Append(id('i', row.item)));
    check(time_.Append(row.time));
    if (time_.length() == kRowGroup) flush();
  }

  void close() override {
    flush();
    check(writer_->Close());
  }

 private:
  void flush() {
    arrow::ArrayVector columns(3);
    check(user_.Finish(&columns[0]));
    check(item_.Finish(&columns[1]));
    check(time_.Finish(&columns[2]));
    const auto table = arrow::Table::Make(schema_, columns);
    if (table->num_rows() > 0) check(writer_->WriteTable(*table, kRowGroup));
  }

  const std::shared_ptr<arrow::Schema> schema_ = arrow::schema(
      {arrow::field("user_id", arrow::utf8(), false), arrow::field("item_id", arrow::utf8(), false),
       arrow::field("timestamp", arrow::int64(), false)});
  arrow::StringBuilder user_, item_;
  arrow::Int64Builder time_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

std::unique_ptr<RowWriter> open_row_writer(const std::string& path) {
  if (path.ends_with(".csv")) return std::make_unique<PlainWriter>(path);
  if (path.ends_with(".csv.gz")) return std::make_unique<GzipWriter>(path);
  if (path.ends_with(".parquet")) return std::make_unique<ParquetWriter>(path);
  throw Error("'" + path + "': expected a name that ends in .csv, .csv.gz or .parquet");
}

}  // namespace kaskad::bench
