#include "kaskad/ranking/onnx_mapping.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/core/nearest_name.h"
#include "kaskad/core/toml_reader.h"

namespace kaskad {
namespace {

constexpr size_t kMostPlaces = 100'000;
constexpr double kLargest = 3e38;

void read_path(TomlReader& reader, const char* key, const std::string& file, std::string& path) {
  if (!reader.has(key)) return;
  reader.text(key, path);
  path = (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

std::optional<ElementType> type_called(const std::string& name) {
  for (const auto type : {ElementType::kFloat, ElementType::kDouble, ElementType::kFloat16,
                          ElementType::kInt64, ElementType::kInt32, ElementType::kInt16,
                          ElementType::kInt8, ElementType::kUInt8, ElementType::kBool}) {
    if (name == element_name(type)) return type;
  }
  return std::nullopt;
}

void read_missing(TomlReader& reader, OnnxInput& input) {
  if (!reader.has("missing")) return;
  double missing = 0;
  reader.number("missing", missing, -kLargest, kLargest);
  input.missing = static_cast<float>(missing);
}

OnnxInput read_input(TomlReader reader, std::string name) {
  OnnxInput input;
  input.name = std::move(name);
  reader.need("source");
  reader.text("source", input.source);
  input.place = reader.place("source").text;
  reader.text("feature", input.feature);
  reader.texts("columns", input.columns);
  reader.whole("values", input.values, 1, kMostPlaces);
  read_missing(reader, input);
  std::string type;
  reader.text("dtype", type);
  if (!type.empty()) {
    input.type = type_called(type);
    if (!input.type) {
      reader.fail("dtype", "'" + type + "'",
                  "one of: float, double, float16, int64, int32, int16, int8, uint8, bool");
    }
  }
  reader.finish();
  return input;
}

OnnxHead read_head(TomlReader reader) {
  OnnxHead head;
  reader.need("name");
  reader.text("name", head.name);
  head.place = reader.place("name").text;
  reader.text("output", head.output);
  if (reader.has("column")) {
    size_t column = 0;
    reader.whole("column", column, 0, kMostPlaces);
    head.column = column;
  }
  reader.truth("sigmoid", head.sigmoid);
  reader.number("weight", head.weight, -kLargest, kLargest);
  reader.finish();
  return head;
}

void read_style(TomlReader& root, OnnxMapping& mapping) {
  std::string style = "rows";
  root.text("style", style);
  if (style != "rows" && style != "lists") {
    root.fail("style", "'" + style + "'", "rows (a row a candidate) or lists (a list a request)");
  }
  mapping.style = style == "rows" ? OnnxMapping::Style::kRows : OnnxMapping::Style::kLists;
}

void read_history(TomlReader reader, OnnxMapping& mapping) {
  reader.whole("length", mapping.history, 1, kMostPlaces);
  std::string pad = "right";
  reader.text("pad", pad);
  if (pad == "left") {
    mapping.padding = OnnxMapping::Padding::kLeft;
  } else if (pad == "none") {
    mapping.padding = OnnxMapping::Padding::kNone;
  } else if (pad != "right") {
    reader.fail("pad", "'" + pad + "'", "left, right or none");
  }
  reader.finish();
}

void read_query(TomlReader reader, OnnxMapping& mapping, const std::string& path) {
  read_path(reader, "tokens", path, mapping.tokens);
  reader.whole("length", mapping.query_length, 1, kMostPlaces);
  reader.finish();
}

void check_heads(const std::vector<OnnxHead>& heads) {
  for (size_t h = 0; h < heads.size(); ++h) {
    for (size_t before = 0; before < h; ++before) {
      if (heads[before].name != heads[h].name) continue;
      throw Error(heads[h].place + ": found a second head '" + heads[h].name +
                  "', expected each name once");
    }
  }
}

}  // namespace

bool OnnxMapping::reads(std::string_view source) const {
  return std::ranges::any_of(inputs, [&](const OnnxInput& one) { return one.source == source; });
}

OnnxMapping parse_onnx_mapping(std::string_view text, const std::string& path) {
  TomlReader root = TomlReader::parse(text, path);
  OnnxMapping mapping;
  root.need("graph");
  read_path(root, "graph", path, mapping.graph);
  read_style(root, mapping);
  if (root.has("history")) read_history(root.table("history"), mapping);
  if (root.has("query")) read_query(root.table("query"), mapping, path);
  read_path(root, "counters", path, mapping.counters);
  if (root.has("inputs")) {
    TomlReader inputs = root.table("inputs");
    for (std::string& name : inputs.names()) {
      TomlReader input = inputs.table(name.c_str());
      mapping.inputs.push_back(read_input(std::move(input), std::move(name)));
    }
  }
  for (TomlReader& head : root.tables("heads")) mapping.heads.push_back(read_head(head));
  root.finish();
  check_heads(mapping.heads);
  return mapping;
}

}  // namespace kaskad
