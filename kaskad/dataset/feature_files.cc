#include "kaskad/dataset/feature_files.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/dataset/id_map.h"

namespace kaskad {
namespace {

template <typename T>
void write_values(const std::string& path, const std::vector<T>& values) {
  FileWriter writer(path);
  writer.write_array(std::span<const T>(values));
  writer.close();
}

[[noreturn]] void throw_damaged(const MappedFile& file, size_t rows) {
  throw Error("'" + file.path() + "' is damaged: it does not fit " + std::to_string(rows) +
              " rows");
}

void map_categorical(const std::string& prefix, const std::string& name, FeatureTable& table) {
  MappedFile offsets_file(prefix + ".offsets"), codes_file(prefix + ".codes");
  const std::filesystem::path path(prefix);
  const IdMap names(path.parent_path().string(), path.filename().string() + ".names");
  CategoricalFeature feature{.name = name,
                             .names = {},
                             .offsets = offsets_file.as<uint64_t>(),
                             .codes = codes_file.as<uint32_t>()};
  for (size_t code = 0; code < names.size(); ++code) feature.names.emplace_back(names.name(code));
  if (feature.offsets.size() != table.rows + 1 || feature.offsets.front() != 0 ||
      feature.offsets.back() != feature.codes.size() ||
      !std::is_sorted(feature.offsets.begin(), feature.offsets.end())) {
    throw_damaged(offsets_file, table.rows);
  }
  const auto unknown = [&](uint32_t code) { return code >= names.size(); };
  if (std::any_of(feature.codes.begin(), feature.codes.end(), unknown)) {
    throw Error("'" + codes_file.path() + "' is damaged: it holds a code without a name");
  }
  table.categorical.push_back(std::move(feature));
  table.files.push_back(std::move(offsets_file));
  table.files.push_back(std::move(codes_file));
}

void map_dense(const std::string& prefix, const FeatureEntry& entry, FeatureTable& table) {
  MappedFile values(prefix + ".values");
  const DenseFeature feature{entry.name, entry.dimension, values.as<float>()};
  if (feature.values.size() != table.rows * feature.dimension) throw_damaged(values, table.rows);
  table.dense.push_back(feature);
  table.files.push_back(std::move(values));
}

}  // namespace

FeatureTable table_of(const FeatureColumns& columns, size_t rows) {
  FeatureTable table;
  table.rows = rows;
  for (const CategoricalColumn& column : columns.categorical) {
    KASKAD_ASSERT(column.offsets.size() == rows + 1);
    table.categorical.push_back({column.name, column.names, column.offsets, column.codes});
  }
  for (const DenseColumn& column : columns.dense) {
    KASKAD_ASSERT(column.values.size() == rows * column.dimension);
    table.dense.push_back({column.name, column.dimension, column.values});
  }
  return table;
}

FeatureColumns columns_of(const FeatureTable& table) {
  FeatureColumns columns;
  for (const CategoricalFeature& feature : table.categorical) {
    columns.categorical.push_back({feature.name,
                                   feature.names,
                                   {feature.offsets.begin(), feature.offsets.end()},
                                   {feature.codes.begin(), feature.codes.end()}});
  }
  for (const DenseFeature& feature : table.dense) {
    columns.dense.push_back(
        {feature.name, feature.dimension, {feature.values.begin(), feature.values.end()}});
  }
  return columns;
}

std::vector<FeatureEntry> write_features(const std::string& directory,
                                         const FeatureColumns& columns) {
  std::vector<FeatureEntry> entries;
  if (columns.empty()) return entries;
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) throw system_error("create", directory, failure.value());
  for (const CategoricalColumn& column : columns.categorical) {
    const std::string number = std::to_string(entries.size());
    write_values(directory + "/" + number + ".offsets", column.offsets);
    write_values(directory + "/" + number + ".codes", column.codes);
    const std::vector<std::string_view> names(column.names.begin(), column.names.end());
    write_id_map(directory, number + ".names", names);
    entries.push_back({column.name, true, 1});
  }
  for (const DenseColumn& column : columns.dense) {
    write_values(directory + "/" + std::to_string(entries.size()) + ".values", column.values);
    entries.push_back({column.name, false, column.dimension});
  }
  return entries;
}

FeatureTable map_features(const std::string& directory, const std::vector<FeatureEntry>& entries,
                          size_t rows) {
  FeatureTable table;
  table.rows = rows;
  for (size_t column = 0; column < entries.size(); ++column) {
    const std::string prefix = directory + "/" + std::to_string(column);
    if (entries[column].categorical) {
      map_categorical(prefix, entries[column].name, table);
    } else {
      map_dense(prefix, entries[column], table);
    }
  }
  return table;
}

}  // namespace kaskad
