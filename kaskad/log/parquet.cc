// Parquet through Arrow: cells become texts (ids as Arrow prints them), lists become list cells,
// timestamps become numbers of milliseconds.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/log/format.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

constexpr int64_t kRowsPerBatch = 1 << 16;

Error parquet_error(const std::string& name, const std::string& what) {
  return data_error(name, 0, "", "damaged or unreadable Parquet data (" + what + ")",
                    "a whole Parquet file");
}

template <class T>
T must(const std::string& name, arrow::Result<T> result) {
  if (!result.ok()) throw parquet_error(name, result.status().ToString());
  return std::move(result).ValueUnsafe();
}

void must(const std::string& name, const arrow::Status& status) {
  if (!status.ok()) throw parquet_error(name, status.ToString());
}

template <class Number>
std::string_view number_text(Number value, char (&buffer)[40]) {
  const auto [end, failure] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return {buffer, static_cast<size_t>(end - buffer)};
}

int64_t to_ms(int64_t value, arrow::TimeUnit::type unit) {
  const auto floor_divide = [](int64_t a, int64_t by) { return a / by - (a % by < 0 ? 1 : 0); };
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return value * 1000;
    case arrow::TimeUnit::MICRO:
      return floor_divide(value, 1'000);
    case arrow::TimeUnit::NANO:
      return floor_divide(value, 1'000'000);
    default:
      return value;
  }
}

// The text of one element; `buffer` may hold it.
using CellText = std::function<std::string_view(const arrow::Array&, int64_t, char (&)[40])>;

template <class ArrayType>
std::string_view number_cell(const arrow::Array& array, int64_t i, char (&buffer)[40]) {
  return number_text(static_cast<const ArrayType&>(array).Value(i), buffer);
}

template <class ArrayType>
std::string_view text_cell(const arrow::Array& array, int64_t i, char (&)[40]) {
  return static_cast<const ArrayType&>(array).GetView(i);
}

std::string_view bool_cell(const arrow::Array& array, int64_t i, char (&)[40]) {
  return static_cast<const arrow::BooleanArray&>(array).Value(i) ? "true" : "false";
}

std::string_view timestamp_cell(const arrow::Array& array, int64_t i, char (&buffer)[40]) {
  const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
  return number_text(to_ms(static_cast<const arrow::TimestampArray&>(array).Value(i), unit),
                     buffer);
}

std::string_view date32_cell(const arrow::Array& array, int64_t i, char (&buffer)[40]) {
  return number_text(static_cast<const arrow::Date32Array&>(array).Value(i) * kMillisecondsADay,
                     buffer);
}

CellText cell_text(const arrow::DataType& type);

CellText dictionary_cell(const arrow::DataType& type) {
  const CellText inner = cell_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
  if (!inner) return nullptr;
  return [inner](const arrow::Array& array, int64_t i, char(&buffer)[40]) -> std::string_view {
    const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
    const arrow::Array& values = *coded.dictionary();
    const int64_t code = coded.GetValueIndex(i);
    return values.IsNull(code) ? std::string_view() : inner(values, code, buffer);
  };
}

struct Conversion {
  arrow::Type::type type;
  std::string_view (*text)(const arrow::Array&, int64_t, char (&)[40]);
};

constexpr Conversion kConversions[] = {
    {arrow::Type::BOOL, bool_cell},
    {arrow::Type::INT8, number_cell<arrow::Int8Array>},
    {arrow::Type::INT16, number_cell<arrow::Int16Array>},
    {arrow::Type::INT32, number_cell<arrow::Int32Array>},
    {arrow::Type::INT64, number_cell<arrow::Int64Array>},
    {arrow::Type::UINT8, number_cell<arrow::UInt8Array>},
    {arrow::Type::UINT16, number_cell<arrow::UInt16Array>},
    {arrow::Type::UINT32, number_cell<arrow::UInt32Array>},
    {arrow::Type::UINT64, number_cell<arrow::UInt64Array>},
    {arrow::Type::FLOAT, number_cell<arrow::FloatArray>},
    {arrow::Type::DOUBLE, number_cell<arrow::DoubleArray>},
    {arrow::Type::STRING, text_cell<arrow::StringArray>},
    {arrow::Type::LARGE_STRING, text_cell<arrow::LargeStringArray>},
    {arrow::Type::BINARY, text_cell<arrow::BinaryArray>},
    {arrow::Type::LARGE_BINARY, text_cell<arrow::LargeBinaryArray>},
    {arrow::Type::TIMESTAMP, timestamp_cell},
    {arrow::Type::DATE32, date32_cell},
    {arrow::Type::DATE64, number_cell<arrow::Date64Array>},
};

// Empty when the type cannot be a cell.
CellText cell_text(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) return dictionary_cell(type);
  for (const Conversion& conversion : kConversions) {
    if (conversion.type == type.id()) return conversion.text;
  }
  return nullptr;
}

bool is_clock(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP || type.id() == arrow::Type::DATE32 ||
         type.id() == arrow::Type::DATE64;
}

bool is_list(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
         type.id() == arrow::Type::FIXED_SIZE_LIST;
}

bool is_float(const arrow::DataType& type) {
  return type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE;
}

std::shared_ptr<arrow::Array> list_of(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
      return static_cast<const arrow::ListArray&>(array).value_slice(i);
    case arrow::Type::LARGE_LIST:
      return static_cast<const arrow::LargeListArray&>(array).value_slice(i);
    default:
      return static_cast<const arrow::FixedSizeListArray&>(array).value_slice(i);
  }
}

RowColumn row_column(const arrow::Field& field) {
  const arrow::DataType& type = *field.type();
  RowColumn column{field.name(), {}, {}, 0};
  if (is_clock(type)) column.time = TimeFormat::kMilliseconds;
  if (is_float(type)) column.type = FieldType::kNumber;
  if (is_list(type)) {
    column.type = is_float(*type.field(0)->type()) ? FieldType::kVector : FieldType::kMultiValued;
  }
  return column;
}

class ParquetRows : public RowSource {
 public:
  explicit ParquetRows(const RowInput& input) : name_(input.name), lists_(input.options.features) {
    file_ = must(name_, arrow::io::ReadableFile::Open(input.path));
    total_ = static_cast<uint64_t>(must(name_, file_->GetSize()));
    parquet::arrow::FileReaderBuilder builder;
    parquet::ReaderProperties checked = parquet::default_reader_properties();
    checked.set_page_checksum_verification(true);  // of pages that carry one
    must(name_, builder.Open(file_, checked));
    parquet::ArrowReaderProperties properties;
    properties.set_batch_size(kRowsPerBatch);
    properties.set_pre_buffer(false);
    properties.set_use_threads(false);  // no faster with: turning cells into text takes the time
    builder.properties(properties);
    reader_ = must(name_, builder.Build());
    must(name_, reader_->GetSchema(&schema_));
    for (const auto& field : schema_->fields()) columns_.push_back(row_column(*field));
  }

  const std::vector<RowColumn>& columns() const override { return columns_; }
  uint64_t bytes_read() const override { return bytes_read_; }
  uint64_t bytes_total() const override { return total_; }
  std::string description() const override { return "parquet"; }

  void select(const std::vector<size_t>& columns) override {
    selected_ = columns;
    std::vector<int> leaves;
    for (const size_t column : columns) {
      check_type(column);
      add_leaves(reader_->manifest().schema_fields[column], leaves);
    }
    std::vector<int> groups(static_cast<size_t>(reader_->num_row_groups()));
    for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
    batches_ = must(name_, reader_->GetRecordBatchReader(groups, leaves));
  }

  bool next(RowBatch& batch) override {
    batch.reset(selected_.size());
    arena_.clear();
    while (batch.nothing()) {
      must(name_, batches_->ReadNext(&record_batch_));
      if (!record_batch_) return false;
      const auto rows = static_cast<size_t>(record_batch_->num_rows());
      for (size_t i = 0; i < selected_.size(); ++i) fill_column(i, batch.columns[i]);
      for (size_t row = 0; row < rows; ++row) batch.line.push_back(++row_);
      drop_unreadable(batch);
      bytes_read_ = total_ * row_ / std::max<uint64_t>(1, static_cast<uint64_t>(all_rows()));
    }
    return true;
  }

 private:
  int64_t all_rows() const { return reader_->parquet_reader()->metadata()->num_rows(); }

  void check_type(size_t column) const {
    const arrow::DataType& type = *schema_->field(static_cast<int>(column))->type();
    const bool list = is_list(type);
    if (!cell_text(list ? *type.field(0)->type() : type) || (list && !lists_)) {
      throw data_error(name_, 0, columns_[column].name, "the Parquet type " + type.ToString(),
                       lists_ ? "a text, number, truth value, time, or a list of them"
                              : "a text, number, truth value or time");
    }
  }

  static void add_leaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
    if (field.column_index >= 0) leaves.push_back(field.column_index);
    for (const auto& child : field.children) add_leaves(child, leaves);
  }

  void fill_column(size_t selected, std::vector<std::string_view>& cells) {
    const std::string& column_name = columns_[selected_[selected]].name;
    const auto column = record_batch_->GetColumnByName(column_name);
    if (!column) throw parquet_error(name_, "column '" + column_name + "' is missing in a batch");
    const arrow::Array& array = *column;
    const bool list = is_list(*array.type());
    const CellText text = cell_text(list ? *array.type()->field(0)->type() : *array.type());
    cells.reserve(static_cast<size_t>(array.length()));
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i)) {
        cells.emplace_back();
      } else if (list) {
        cells.push_back(list_cell(*list_of(array, i), text));
      } else {
        cells.push_back(scalar_cell(array, i, text));
      }
    }
  }

  // Parquet promises UTF-8 but nobody checked; binary columns promise nothing.
  void drop_unreadable(RowBatch& batch) const {
    size_t kept = 0;
    for (size_t row = 0; row < batch.rows(); ++row) {
      const auto bad = std::find_if(batch.columns.begin(), batch.columns.end(),
                                    [row](const auto& cells) { return !is_text(cells[row]); });
      if (bad != batch.columns.end()) {
        const size_t column = selected_[static_cast<size_t>(bad - batch.columns.begin())];
        batch.faults.push_back({kept, batch.line[row], text_trouble((*bad)[row]), "UTF-8 text",
                                columns_[column].name});
        continue;
      }
      for (auto& cells : batch.columns) cells[kept] = cells[row];
      batch.line[kept++] = batch.line[row];
    }
    for (auto& cells : batch.columns) cells.resize(kept);
    batch.line.resize(kept);
  }

  std::string_view scalar_cell(const arrow::Array& array, int64_t i, const CellText& text) {
    char buffer[40];
    const std::string_view cell = text(array, i, buffer);
    return cell.data() == buffer ? arena_.keep(cell) : cell;
  }

  std::string_view list_cell(const arrow::Array& values, const CellText& text) {
    std::string list(1, kListMark);
    char buffer[40];
    for (int64_t i = 0; i < values.length(); ++i) {
      if (i > 0) list += kListMark;
      if (!values.IsNull(i)) list += text(values, i, buffer);
    }
    return arena_.keep(list);
  }

  std::string name_;
  bool lists_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> record_batch_;  // the cells of the last batch point into it
  std::vector<RowColumn> columns_;
  std::vector<size_t> selected_;
  TextArena arena_;
  size_t row_ = 0;
  uint64_t bytes_read_ = 0, total_ = 0;
};

}  // namespace

std::unique_ptr<RowSource> open_parquet(RowInput input) {
  if (input.path.empty()) throw Error(input.name + ": Parquet is read from files only");
  try {
    return std::make_unique<ParquetRows>(input);
  } catch (const parquet::ParquetException& e) {
    throw parquet_error(input.name, e.what());
  }
}

}  // namespace kaskad
