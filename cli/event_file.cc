#include "cli/event_file.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include "cli/text_field.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad::cli {
namespace {

class TextEventFile : public EventFile {
 public:
  explicit TextEventFile(const std::string& path) : writer_(path) {
    writer_.write("user_id,item_id,timestamp,phase\n");
  }

  void add(const SplitRow& row) override {
    line_.clear();
    append_field(line_, row.user, ',');
    line_ += ',';
    append_field(line_, row.item, ',');
    line_ += ',' + std::to_string(row.time) + ',';
    line_ += row.phase;
    line_ += '\n';
    writer_.write(line_);
  }

  void finish() override { writer_.close(); }

 private:
  FileWriter writer_;
  std::string line_;
};

// Columns user_id, item_id, phase (text), timestamp (int64); a record batch every kBatch rows.
class ParquetEventFile : public EventFile {
 public:
  explicit ParquetEventFile(const std::string& path)
      : path_(path),
        schema_(arrow::schema({arrow::field("user_id", arrow::utf8(), false),
                               arrow::field("item_id", arrow::utf8(), false),
                               arrow::field("timestamp", arrow::int64(), false),
                               arrow::field("phase", arrow::utf8(), false)})) {
    file_ = value_of(arrow::io::FileOutputStream::Open(path_));
    const auto properties =
        parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build();
    writer_ = value_of(parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(),
                                                        file_, properties));
  }

  void add(const SplitRow& row) override {
    check(users_.Append(row.user));
    check(items_.Append(row.item));
    check(times_.Append(row.time));
    check(phases_.Append(row.phase));
    if (times_.length() >= kBatch) flush();
  }

  void finish() override {
    flush();
    check(writer_->Close());
    check(file_->Close());
  }

 private:
  static constexpr int64_t kBatch = 1 << 17;

  void flush() {
    const int64_t rows = times_.length();  // before Finish() empties the builder
    if (rows == 0) return;
    check(writer_->WriteRecordBatch(
        *arrow::RecordBatch::Make(schema_, rows,
                                  {value_of(users_.Finish()), value_of(items_.Finish()),
                                   value_of(times_.Finish()), value_of(phases_.Finish())})));
  }

  void check(const arrow::Status& status) const {
    if (!status.ok()) throw Error("cannot write '" + path_ + "': " + status.ToString());
  }

  template <typename T>
  T value_of(arrow::Result<T> result) const {
    check(result.status());
    return std::move(result).ValueUnsafe();
  }

  const std::string path_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::FileOutputStream> file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  arrow::StringBuilder users_, items_, phases_;
  arrow::Int64Builder times_;
};

}  // namespace

std::unique_ptr<EventFile> create_event_file(const std::string& path) {
  if (path.ends_with(".parquet")) return std::make_unique<ParquetEventFile>(path);
  return std::make_unique<TextEventFile>(path);
}

}  // namespace kaskad::cli
