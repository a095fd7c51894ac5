#include "kaskad/log/table_rows.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <unordered_set>
#include <utility>

#include "kaskad/log/column_names.h"
#include "kaskad/log/field_values.h"
#include "kaskad/log/format.h"
#include "kaskad/log/row_faults.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

using Found = std::pair<std::string, std::string>;  // found, expected
using OpenRows = std::function<std::unique_ptr<RowSource>()>;

RowOptions row_options(const TableOptions& options) {
  RowOptions rows;
  rows.format = options.format;
  rows.delimiter = options.delimiter;
  rows.numbered_columns = is_column_number(options.key_column);
  rows.features = true;
  rows.threads = options.threads;
  return rows;
}

class TableRows : public TableReader {
 public:
  TableRows(const OpenRows& open, const std::string& file, const TableOptions& options)
      : file_(file), rows_(open()), faults_(file, options.on_error) {
    const auto role = options.of == TableOf::kItems ? ColumnRole::kItemKey : ColumnRole::kUserKey;
    key_ = require_column(role, options.key_column, *rows_, file);
    choose_fields(options);
    check_stated_types(options);
    if (set_types(options)) {
      rows_->select(selected_);
      infer_types();
      rows_ = open();
    }
    rows_->select(selected_);
  }

  const std::vector<FieldInfo>& fields() const override { return fields_; }
  const std::string& key_name() const override { return rows_->columns()[key_].name; }
  const SkippedRows& skipped() const override { return faults_.skipped(); }
  std::string description() const override { return rows_->description() + ", key " + key_name(); }

  bool next(TableBatch& batch) override {
    reset(batch);
    while (batch.rows() == 0) {
      if (!rows_->next(raw_)) return false;
      add_rows(batch);
    }
    return true;
  }

 private:
  const RowColumn& column_of(size_t field) const { return rows_->columns()[selected_[field + 1]]; }

  // selected_[0] is the key, the fields follow.
  void choose_fields(const TableOptions& options) {
    selected_ = {key_};
    const auto& columns = rows_->columns();
    for (const std::string& name : options.fields) require_field(name);
    for (size_t i = 0; i < columns.size(); ++i) {
      const bool wanted =
          options.fields.empty() || std::find(options.fields.begin(), options.fields.end(),
                                              columns[i].name) != options.fields.end();
      if (i == key_ || !wanted) continue;
      const auto same = std::find_if(fields_.begin(), fields_.end(), [&](const FieldInfo& field) {
        return field.name == columns[i].name;
      });
      if (same != fields_.end()) {
        throw data_error(file_, 0, columns[i].name, "two columns of that name", "one");
      }
      selected_.push_back(i);
      fields_.push_back({columns[i].name, FieldType::kCategorical, false, 1});
    }
  }

  void require_field(const std::string& name) const {
    std::string names;
    for (size_t i = 0; i < rows_->columns().size(); ++i) {
      if (i == key_) continue;
      if (rows_->columns()[i].name == name) return;
      names += (names.empty() ? "" : ", ") + shown(rows_->columns()[i].name);
    }
    throw data_error(file_, 0, "", names.empty() ? "no fields" : "fields " + names,
                     "a field " + shown(name));
  }

  void check_stated_types(const TableOptions& options) const {
    for (const auto& [name, type] : options.types) require_field(name);
  }

  // True when the file must be read to know all types.
  bool set_types(const TableOptions& options) {
    bool unknown = false;
    for (size_t i = 0; i < fields_.size(); ++i) {
      const auto stated = options.types.find(fields_[i].name);
      const auto& declared = column_of(i).type;
      fields_[i].declared = stated != options.types.end() || declared.has_value();
      if (stated != options.types.end()) {
        fields_[i].type = stated->second;
      } else if (declared) {
        fields_[i].type = *declared;
      }
      unknown |= !fields_[i].declared || fields_[i].type == FieldType::kVector;
    }
    return unknown;
  }

  // Reads the whole file; broken rows are left to the second reading.
  void infer_types() {
    std::vector<FieldGuess> guesses;
    for (size_t i = 0; i < fields_.size(); ++i) {
      guesses.emplace_back(column_of(i).list_separator);
    }
    while (rows_->next(raw_)) {
      for (size_t i = 0; i < fields_.size(); ++i) {
        for (const std::string_view cell : raw_.columns[i + 1]) guesses[i].see(cell);
      }
    }
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!fields_[i].declared) fields_[i].type = guesses[i].type();
      if (fields_[i].type != FieldType::kVector) continue;
      fields_[i].dimension = guesses[i].dimension();
      if (fields_[i].dimension == 0) {
        throw data_error(file_, 0, fields_[i].name, "no cell that begins a vector",
                         "numbers in the first cell that is not empty");
      }
    }
  }

  void reset(TableBatch& batch) const {
    batch.key.clear();
    batch.line.clear();
    batch.fields.resize(fields_.size());
    for (FieldBatch& field : batch.fields) {
      field.offsets.clear();
      field.values.clear();
      field.numbers.clear();
    }
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!is_numeric(i)) batch.fields[i].offsets.push_back(0);
    }
  }

  bool is_numeric(size_t field) const {
    return fields_[field].type == FieldType::kNumber || fields_[field].type == FieldType::kVector;
  }

  void add_rows(TableBatch& batch) {
    size_t fault = 0;
    for (size_t row = 0; row <= raw_.rows(); ++row) {
      for (; fault < raw_.faults.size() && raw_.faults[fault].row <= row; ++fault) {
        const RowFault& bad = raw_.faults[fault];
        faults_.add(bad.line, bad.column, [&] { return Found{bad.found, bad.expected}; });
      }
      if (row < raw_.rows()) add_row(row, batch);
    }
  }

  void add_row(size_t row, TableBatch& batch) {
    const size_t line = raw_.line[row];
    const std::string_view key = raw_.columns[0][row];
    if (key.empty() || key.front() == kListMark) {
      return faults_.add(line, key_name(),
                         [&] { return Found{key.empty() ? "an empty cell" : "a list", "an id"}; });
    }
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (add_cell(i, raw_.columns[i + 1][row], batch.fields[i])) continue;
      for (size_t k = 0; k < i; ++k) take_back(k, batch.fields[k]);
      return faults_.add(line, fields_[i].name,
                         [&] { return Found{shown(raw_.columns[i + 1][row]), expected(i)}; });
    }
    batch.key.push_back(key);
    batch.line.push_back(line);
  }

  // False, and nothing added, when the cell is not of the field's type.
  bool add_cell(size_t i, std::string_view cell, FieldBatch& field) {
    switch (fields_[i].type) {
      case FieldType::kCategorical:
        if (!cell.empty() && cell.front() == kListMark) return false;
        if (!cell.empty()) field.values.push_back(cell);
        break;
      case FieldType::kMultiValued:
        split_list(cell, column_of(i).list_separator, parts_);
        add_distinct(field.values);
        break;
      default:
        return add_numbers(i, cell, field);
    }
    field.offsets.push_back(static_cast<uint32_t>(field.values.size()));
    return true;
  }

  bool add_numbers(size_t i, std::string_view cell, FieldBatch& field) {
    if (!split_numbers(cell, numbers_)) return false;
    if (numbers_.empty()) {
      numbers_.assign(fields_[i].dimension, std::numeric_limits<float>::quiet_NaN());
    }
    if (numbers_.size() != fields_[i].dimension) return false;
    field.numbers.insert(field.numbers.end(), numbers_.begin(), numbers_.end());
    return true;
  }

  void add_distinct(std::vector<std::string_view>& values) {
    seen_.clear();
    for (const std::string_view part : parts_) {
      if (seen_.insert(part).second) values.push_back(part);
    }
  }

  void take_back(size_t i, FieldBatch& field) const {
    if (is_numeric(i)) {
      field.numbers.resize(field.numbers.size() - fields_[i].dimension);
    } else {
      field.offsets.pop_back();
      field.values.resize(field.offsets.back());
    }
  }

  std::string expected(size_t i) const {
    switch (fields_[i].type) {
      case FieldType::kCategorical:
        return "one value, no list";
      case FieldType::kVector:
        return std::to_string(fields_[i].dimension) + " finite numbers, as in the first row";
      default:
        return "a finite number or an empty cell";
    }
  }

  std::string file_;
  std::unique_ptr<RowSource> rows_;
  RowFaults faults_;
  size_t key_ = 0;
  std::vector<size_t> selected_;
  std::vector<FieldInfo> fields_;
  RowBatch raw_;
  std::vector<std::string_view> parts_;
  std::vector<float> numbers_;
  std::unordered_set<std::string_view> seen_;
};

}  // namespace

std::unique_ptr<TableReader> open_table(const std::string& path, const TableOptions& options) {
  const auto open = [&] { return open_rows(path, row_options(options)); };
  return std::make_unique<TableRows>(open, path, options);
}

std::unique_ptr<TableReader> open_table_in_memory(const std::string& bytes, const std::string& name,
                                                  const TableOptions& options) {
  const auto open = [&] { return open_rows_in_memory(bytes, name, row_options(options)); };
  return std::make_unique<TableRows>(open, name, options);
}

}  // namespace kaskad
