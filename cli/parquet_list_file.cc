#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include "cli/list_file.h"
#include "kaskad/core/error.h"
#include "kaskad/core/staged_file.h"

namespace kaskad::cli {
namespace {

struct PreparedBatch : ListFile::Prepared {
  std::shared_ptr<arrow::RecordBatch> batch;
};

// Columns: key, item (text), score (float), rank (int32); one record batch a chunk.
class ParquetListFile : public ListFile {
 public:
  explicit ParquetListFile(const ListFormat& format)
      : format_(format),
        staged_(format.path),
        schema_(arrow::schema({arrow::field(format.key_column, arrow::utf8(), false),
                               arrow::field(format.item_column, arrow::utf8(), false),
                               arrow::field("score", arrow::float32(), false),
                               arrow::field("rank", arrow::int32(), false)})) {
    file_ = value_of(arrow::io::FileOutputStream::Open(staged_.path()));
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::SNAPPY)
                                ->disable_dictionary("score")
                                ->build();
    writer_ = value_of(parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(),
                                                        file_, properties));
  }

  std::unique_ptr<Prepared> prepare(const ListChunk& chunk) const override {
    arrow::StringBuilder keys, items;
    arrow::FloatBuilder scores;
    arrow::Int32Builder ranks;
    for (size_t list = 0; list < chunk.keys.size(); ++list) {
      for (size_t rank = 0; rank < chunk.k; ++rank) {
        const ScoredItem& scored = chunk.rows[list * chunk.k + rank];
        if (scored.item == kNoItem) break;
        check(keys.Append(chunk.keys[list]));
        check(items.Append(format_.item_name(scored.item)));
        check(scores.Append(scored.score));
        check(ranks.Append(static_cast<int32_t>(rank + 1)));
      }
    }
    auto prepared = std::make_unique<PreparedBatch>();
    const int64_t rows = ranks.length();  // before Finish() empties the builder
    prepared->rows = static_cast<size_t>(rows);
    prepared->batch =
        arrow::RecordBatch::Make(schema_, rows,
                                 {value_of(keys.Finish()), value_of(items.Finish()),
                                  value_of(scores.Finish()), value_of(ranks.Finish())});
    return prepared;
  }

  void append(const Prepared& prepared) override {
    check(writer_->WriteRecordBatch(*static_cast<const PreparedBatch&>(prepared).batch));
  }

  void finish() override {
    check(writer_->Close());
    check(file_->Close());
    staged_.commit();
  }

 private:
  void check(const arrow::Status& status) const {
    if (!status.ok()) throw Error("cannot write '" + format_.path + "': " + status.ToString());
  }

  template <typename T>
  T value_of(arrow::Result<T> result) const {
    check(result.status());
    return std::move(result).ValueUnsafe();
  }

  const ListFormat format_;
  StagedFile staged_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::FileOutputStream> file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

std::unique_ptr<ListFile> create_parquet_list_file(const ListFormat& format) {
  return std::make_unique<ParquetListFile>(format);
}

}  // namespace kaskad::cli
