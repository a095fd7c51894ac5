#include "kaskad/log/format.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/log/dialect.h"
#include "kaskad/log/json_object.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

// What a format is recognised by.
struct Sample {
  std::string file_name;  // lower case, without folders and ".gz"
  std::string_view text;  // whole lines of the first block, unpacked
  std::vector<std::string_view> lines;
  const RowOptions& options;

  bool named(std::string_view extension) const { return file_name.ends_with(extension); }
  char first_byte() const {
    const size_t at = text.find_first_not_of(" \t\r\n");
    return at == std::string_view::npos ? '\0' : text[at];
  }
};

bool is_parquet(const Sample& sample) { return sample.text.starts_with("PAR1"); }

// One JSON object over the whole file: a single line, or a first line that is not whole by itself.
bool is_attributes(const Sample& sample) {
  if (!sample.options.features || sample.first_byte() != '{' || !sample.named(".json"))
    return false;
  JsonObjectParser parser([](std::string_view, const JsonCell&) {});
  return sample.lines.size() == 1 || !parser.write(sample.lines[0], false).empty();
}

bool is_jsonl(const Sample& sample) { return sample.first_byte() == '{'; }

bool is_recbole(const Sample& sample) {
  return !sample.lines.empty() && is_recbole_header(sample.lines[0]);
}

bool is_movielens(const Sample& sample) {
  if (sample.lines.empty() || !sample.options.delimiter.empty()) return false;
  const auto cells = split_line(sample.lines[0], {"::", false, true});
  return cells.size() >= 3 && cells.size() <= 5 && !has_usual_name(cells) &&
         !sample.options.numbered_columns;
}

// Words between spaces, no header: two on every line, or a number of them that differs. A table
// of more columns without header is no sequence: its third column is hardly an item.
bool is_sequence(const Sample& sample) {
  if (sample.lines.empty() || !sample.options.delimiter.empty() ||
      sample.options.numbered_columns || sample.options.features ||
      sample.lines[0].find_first_of(",;|\"") != std::string_view::npos) {
    return false;
  }
  const size_t words = count_words(sample.lines[0]);
  const bool same = std::all_of(sample.lines.begin(), sample.lines.end(),
                                [&](auto line) { return count_words(line) == words; });
  return words >= 2 && (words == 2 || !same) &&
         !has_usual_name(split_line(sample.lines[0], {" ", false})) &&
         !has_usual_name(split_line(sample.lines[0], {"\t", false}));
}

bool is_tsv(const Sample& sample) {
  return !sample.lines.empty() && sample.options.delimiter.empty() &&
         (sample.named(".tsv") || sniff_delimiter(sample.lines, sample.options.quotes) == "\t");
}

bool is_anything(const Sample&) { return true; }

struct Format {
  std::string_view name;
  bool (*recognise)(const Sample&);
  std::unique_ptr<RowSource> (*open)(RowInput);
};

// The more particular first.
constexpr Format kFormats[] = {
    {"parquet", is_parquet, open_parquet},
    {"attributes", is_attributes, open_attributes},
    {"jsonl", is_jsonl, open_jsonl},
    {"recbole", is_recbole, open_recbole},
    {"movielens", is_movielens, open_movielens},
    {"sequence", is_sequence, open_sequence},
    {"tsv", is_tsv, open_delimited},
    {"csv", is_anything, open_delimited},
};

std::string format_names() {
  std::string text;
  for (const Format& format : kFormats)
    text += (text.empty() ? "" : ", ") + std::string(format.name);
  return text;
}

std::string bare_file_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

const Format& choose_format(const RowInput& input) {
  const Sample sample{bare_file_name(input.name), input.text->lines(),
                      first_lines(input.text->lines(), 1000), input.options};
  if (sample.text.empty()) {
    throw data_error(input.name, 0, "", "an empty file", "rows of data");
  }
  const auto* chosen =
      input.options.format.empty()
          ? std::find_if(std::begin(kFormats), std::end(kFormats),
                         [&](const Format& format) { return format.recognise(sample); })
          : std::find_if(std::begin(kFormats), std::end(kFormats),
                         [&](const Format& format) { return format.name == input.options.format; });
  if (chosen == std::end(kFormats)) {
    throw Error("unknown format '" + input.options.format + "', expected one of " + format_names());
  }
  const bool text_format = chosen->name != "parquet";
  const std::string_view head = sample.text.substr(0, 4096);
  if (text_format && head.find('\0') != std::string_view::npos) {
    throw data_error(input.name, 0, "", "binary data beginning with " + shown(head.substr(0, 16)),
                     "text or Parquet (formats: " + format_names() + ")");
  }
  return *chosen;
}

std::unique_ptr<RowSource> open_input(RowInput input) {
  auto bytes = input.open();
  if (input.options.threads > 1) bytes = read_ahead(std::move(bytes));
  input.text = std::make_unique<TextWindow>(std::move(bytes), input.name);
  const Format& format = choose_format(input);
  input.options.format = format.name;
  return format.open(std::move(input));
}

}  // namespace

std::unique_ptr<RowSource> open_rows(const std::string& path, const RowOptions& options) {
  return open_input({path, path, [path] { return open_bytes(path); }, options, nullptr});
}

std::unique_ptr<RowSource> open_rows_in_memory(const std::string& bytes, const std::string& name,
                                               const RowOptions& options) {
  return open_input(
      {name, "", [bytes, name] { return memory_bytes(bytes, name); }, options, nullptr});
}

}  // namespace kaskad
