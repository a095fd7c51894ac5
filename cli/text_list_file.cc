#include <charconv>

#include "cli/list_file.h"
#include "cli/text_field.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/staged_file.h"

namespace kaskad::cli {
namespace {

struct PreparedText : ListFile::Prepared {
  std::string text;
};

template <typename Number>
void append_number(std::string& out, Number number) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof(text), number).ptr);
}

class TextListFile : public ListFile {
 public:
  TextListFile(const ListFormat& format, char delimiter)
      : format_(format), delimiter_(delimiter), staged_(format.path), writer_(staged_.path()) {
    std::string header = format.key_column;
    for (const std::string& name :
         {format.item_column, std::string("score"), std::string("rank")}) {
      header += delimiter + name;
    }
    writer_.write(header + "\n");
  }

  std::unique_ptr<Prepared> prepare(const ListChunk& chunk) const override {
    auto prepared = std::make_unique<PreparedText>();
    std::string& out = prepared->text;
    out.reserve(chunk.rows.size() * 32);
    std::string key;
    for (size_t list = 0; list < chunk.keys.size(); ++list) {
      key.clear();
      append_field(key, chunk.keys[list], delimiter_);
      for (size_t rank = 0; rank < chunk.k; ++rank) {
        const ScoredItem& scored = chunk.rows[list * chunk.k + rank];
        if (scored.item == kNoItem) break;
        out += key;
        out += delimiter_;
        append_field(out, format_.item_name(scored.item), delimiter_);
        out += delimiter_;
        append_number(out, scored.score);
        out += delimiter_;
        append_number(out, rank + 1);
        out += '\n';
        ++prepared->rows;
      }
    }
    return prepared;
  }

  void append(const Prepared& prepared) override {
    writer_.write(static_cast<const PreparedText&>(prepared).text);
  }

  void finish() override {
    writer_.close();
    staged_.commit();
  }

 private:
  const ListFormat format_;
  const char delimiter_;
  StagedFile staged_;
  FileWriter writer_;
};

}  // namespace

std::unique_ptr<ListFile> create_text_list_file(const ListFormat& format, char delimiter) {
  return std::make_unique<TextListFile>(format, delimiter);
}

std::unique_ptr<ListFile> create_list_file(const ListFormat& format) {
  if (format.path.ends_with(".csv")) return create_text_list_file(format, ',');
  if (format.path.ends_with(".tsv")) return create_text_list_file(format, '\t');
  if (format.path.ends_with(".parquet")) return create_parquet_list_file(format);
  throw data_error(format.path, 0, "", "a name with another ending", ".csv, .tsv or .parquet");
}

}  // namespace kaskad::cli
