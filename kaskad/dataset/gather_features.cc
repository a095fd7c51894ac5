#include "kaskad/dataset/gather_features.h"

#include <algorithm>
#include <limits>
#include <map>

#include "kaskad/core/error.h"
#include "kaskad/dataset/id_table.h"

namespace kaskad {
namespace {

constexpr uint32_t kUnknown = 0xffffffffu;
constexpr size_t kExamples = 10;

bool is_categorical(FieldType type) {
  return type == FieldType::kCategorical || type == FieldType::kMultiValued;
}

// The values of one categorical field in the order of the file; put in id order at the end.
struct CategoricalGatherer {
  IdTable names;
  std::vector<uint32_t> codes;
  std::vector<uint64_t> begin;   // (ids): where the codes of an id start in `codes`
  std::vector<uint32_t> length;  // (ids)

  explicit CategoricalGatherer(size_t ids) : begin(ids), length(ids) {}

  void add(uint32_t id, std::span<const std::string_view> values) {
    begin[id] = codes.size();
    length[id] = static_cast<uint32_t>(values.size());
    codes.resize(codes.size() + values.size());
    names.map(values, std::span(codes).last(values.size()));
  }

  CategoricalColumn finish(const std::string& name) const {
    CategoricalColumn column{name, {}, {0}, {}};
    column.names.assign(names.names().begin(), names.names().end());
    column.codes.reserve(codes.size());
    for (size_t id = 0; id < begin.size(); ++id) {
      const auto first = codes.begin() + static_cast<ptrdiff_t>(begin[id]);
      column.codes.insert(column.codes.end(), first, first + length[id]);
      column.offsets.push_back(column.codes.size());
    }
    return column;
  }
};

// One file's way into columns.
class FileGatherer {
 public:
  FileGatherer(FeatureSource& source, size_t ids, const FindId& find, OnError on_error,
               FeatureReport& report)
      : source_(source), find_(find), on_error_(on_error), report_(report), line_of_(ids, 0) {
    for (const FieldInfo& field : source.reader->fields()) {
      if (is_categorical(field.type)) {
        categorical_.emplace_back(ids);
      } else {
        const float missing = std::numeric_limits<float>::quiet_NaN();
        dense_.push_back(
            {field.name, field.dimension, std::vector<float>(ids * field.dimension, missing)});
      }
    }
  }

  void read(std::vector<uint8_t>& seen) {
    TableBatch batch;
    while (source_.reader->next(batch)) {
      resolve(batch, seen);
      add_values(batch);
    }
    const SkippedRows& skipped = source_.reader->skipped();
    report_.skipped.count += skipped.count;
    for (const SkippedRow& row : skipped.examples) keep_example(row);
  }

  void finish(FeatureColumns& columns) {
    size_t next = 0;
    for (const FieldInfo& field : source_.reader->fields()) {
      if (!is_categorical(field.type)) continue;
      columns.categorical.push_back(categorical_[next++].finish(field.name));
    }
    for (DenseColumn& column : dense_) columns.dense.push_back(std::move(column));
  }

 private:
  // Dense id of every row of the batch; kUnknown for rows that are left out.
  void resolve(const TableBatch& batch, std::vector<uint8_t>& seen) {
    ids_.assign(batch.rows(), kUnknown);
    for (size_t row = 0; row < batch.rows(); ++row) {
      ++report_.rows;
      const std::optional<uint32_t> id = find_(batch.key[row]);
      size_t& first_line = id ? line_of_[*id] : line_of_unknown(batch.key[row]);
      if (first_line != 0) {
        repeated(batch, row, first_line);
        continue;
      }
      first_line = batch.line[row];
      if (id) {
        ids_[row] = *id;
        seen[*id] = 1;
      } else {
        ++report_.unknown;
      }
    }
  }

  size_t& line_of_unknown(std::string_view key) {
    uint32_t id = 0;
    unknown_.map({&key, 1}, {&id, 1});
    line_of_unknown_.resize(unknown_.size(), 0);
    return line_of_unknown_[id];
  }

  void repeated(const TableBatch& batch, size_t row, size_t first_line) {
    const Error error = data_error(
        source_.path, batch.line[row], source_.reader->key_name(),
        "'" + std::string(batch.key[row]) + "' again after line " + std::to_string(first_line),
        "every id once");
    if (on_error_ == OnError::kFail) throw error;
    ++report_.skipped.count;
    keep_example({batch.line[row], error.what()});
  }

  void keep_example(const SkippedRow& row) {
    if (report_.skipped.examples.size() < kExamples) report_.skipped.examples.push_back(row);
  }

  void add_values(const TableBatch& batch) {
    size_t categorical = 0, dense = 0;
    for (size_t f = 0; f < batch.fields.size(); ++f) {
      const FieldBatch& field = batch.fields[f];
      if (is_categorical(source_.reader->fields()[f].type)) {
        add_categorical(field, categorical_[categorical++]);
      } else {
        add_dense(field, dense_[dense++]);
      }
    }
  }

  void add_categorical(const FieldBatch& field, CategoricalGatherer& column) const {
    for (size_t row = 0; row < ids_.size(); ++row) {
      if (ids_[row] == kUnknown) continue;
      const uint32_t begin = field.offsets[row], end = field.offsets[row + 1];
      column.add(ids_[row], std::span(field.values).subspan(begin, end - begin));
    }
  }

  void add_dense(const FieldBatch& field, DenseColumn& column) const {
    for (size_t row = 0; row < ids_.size(); ++row) {
      if (ids_[row] == kUnknown) continue;
      std::copy_n(field.numbers.data() + row * column.dimension, column.dimension,
                  column.values.data() + ids_[row] * column.dimension);
    }
  }

  FeatureSource& source_;
  const FindId& find_;
  OnError on_error_;
  FeatureReport& report_;
  std::vector<size_t> line_of_;  // (ids): where an id was found, 0 when not yet
  IdTable unknown_;
  std::vector<size_t> line_of_unknown_;
  std::vector<uint32_t> ids_;  // (rows of the batch)
  std::vector<CategoricalGatherer> categorical_;
  std::vector<DenseColumn> dense_;
};

}  // namespace

std::vector<FeatureSource> open_features(const std::vector<std::string>& paths,
                                         const TableOptions& options) {
  std::vector<FeatureSource> sources;
  std::map<std::string, std::string> path_of_field;
  for (const std::string& path : paths) {
    sources.push_back({path, open_table(path, options)});
    for (const FieldInfo& field : sources.back().reader->fields()) {
      const auto [found, added] = path_of_field.emplace(field.name, path);
      if (!added) {
        throw Error("feature '" + field.name + "' is in '" + found->second + "' and in '" + path +
                    "'; choose fields so that each name occurs once");
      }
    }
  }
  return sources;
}

FeatureColumns gather_features(std::vector<FeatureSource>& sources, size_t ids, const FindId& find,
                               OnError on_error, FeatureReport& report) {
  FeatureColumns columns;
  if (sources.empty()) return columns;
  std::vector<uint8_t> seen(ids, 0);
  for (FeatureSource& source : sources) {
    FileGatherer file(source, ids, find, on_error, report);
    file.read(seen);
    file.finish(columns);
  }
  report.without = static_cast<uint64_t>(std::count(seen.begin(), seen.end(), 0));
  for (const CategoricalColumn& column : columns.categorical) report.columns.push_back(column.name);
  for (const DenseColumn& column : columns.dense) report.columns.push_back(column.name);
  return columns;
}

}  // namespace kaskad
