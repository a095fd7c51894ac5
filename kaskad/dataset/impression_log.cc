#include "kaskad/dataset/impression_log.h"

#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/dataset/impression_row_reader.h"
#include "kaskad/log/column_names.h"
#include "kaskad/log/format.h"

namespace kaskad {
namespace {

std::unique_ptr<ImpressionReader> open_files(std::vector<ImpressionFile> files,
                                             const ImpressionOptions& options) {
  if (files.empty()) throw Error("no file of impressions is given");
  if (options.form == ImpressionForm::kTrivago) return read_trivago(std::move(files));
  return read_long(std::move(files), options);
}

RowOptions row_options(const ImpressionOptions& options) {
  RowOptions rows;
  const ImpressionColumns& c = options.columns;
  for (const std::string* name :
       {&c.request, &c.user, &c.item, &c.time, &c.query, &c.position, &c.action}) {
    rows.numbered_columns |= is_column_number(*name);
  }
  return rows;
}

}  // namespace

ImpressionForm parse_impression_form(const std::string& text) {
  if (text == "long") return ImpressionForm::kLong;
  if (text == "trivago") return ImpressionForm::kTrivago;
  throw Error("form of impressions '" + text + "' is unknown; there are long and trivago");
}

std::unique_ptr<ImpressionReader> open_impressions(const std::vector<std::string>& paths,
                                                   const ImpressionOptions& options) {
  std::vector<ImpressionFile> files;
  for (const std::string& path : paths) {
    files.push_back({path, [path, rows = row_options(options)] { return open_rows(path, rows); }});
  }
  return open_files(std::move(files), options);
}

std::unique_ptr<ImpressionReader> open_impressions_in_memory(const std::string& bytes,
                                                             const std::string& name,
                                                             const ImpressionOptions& options) {
  const RowOptions rows = row_options(options);
  return open_files({{name, [=] { return open_rows_in_memory(bytes, name, rows); }}}, options);
}

}  // namespace kaskad
