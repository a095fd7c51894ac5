// A row an action of a session, click-outs with their lists: see impression_log.h.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "kaskad/dataset/impression_row_reader.h"

namespace kaskad {
namespace {

enum TrivagoCell {
  kUserCell,
  kSessionCell,
  kTimeCell,
  kStepCell,
  kActionCell,
  kReferenceCell,
  kImpressionsCell,
  kPricesCell,
  kCityCell,
  kTrivagoCells
};
constexpr std::string_view kTrivagoNames[kTrivagoCells] = {
    "user_id",   "session_id",  "timestamp", "step", "action_type",
    "reference", "impressions", "prices",    "city"};
constexpr std::string_view kClickOut = "clickout item";

std::vector<std::optional<size_t>> find_trivago(const RowSource& rows, const std::string& file) {
  std::vector<std::optional<size_t>> cells(kTrivagoCells);
  const auto& columns = rows.columns();
  for (size_t cell = 0; cell < kTrivagoCells; ++cell) {
    for (size_t c = 0; c < columns.size() && !cells[cell]; ++c) {
      if (columns[c].name == kTrivagoNames[cell]) cells[cell] = c;
    }
    if (cells[cell] || cell == kCityCell) continue;
    std::string known;
    for (const RowColumn& column : columns) known += (known.empty() ? "" : ", ") + column.name;
    throw data_error(file, 0, "", "columns " + known,
                     "a column '" + std::string(kTrivagoNames[cell]) + "'");
  }
  return cells;
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('|', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

class TrivagoReader : public ImpressionRowReader {
 public:
  explicit TrivagoReader(std::vector<ImpressionFile> files)
      : ImpressionRowReader(files, find_trivago, kTimeCell), file_(files.front().name) {
    fields_.user = true;
    fields_.query = rows_.has(kCityCell);
    fields_.contexts = {"price"};
  }

  bool next(LoggedList& list) override {
    while (next_row()) {
      if (cell(kActionCell) != kClickOut || cell(kImpressionsCell).empty()) continue;
      list = click_out();
      ++lists_;
      return true;
    }
    return end(file_);
  }

 private:
  LoggedList click_out() {
    LoggedList list{id(kSessionCell) + "/" + std::string(cell(kStepCell)),
                    id(kUserCell),
                    time(),
                    {},
                    std::string(cell(kCityCell))};
    const auto items = parts_of(cell(kImpressionsCell));
    const auto prices = parts_of(cell(kPricesCell));
    if (prices.size() != items.size()) {
      throw fault(kPricesCell, std::to_string(items.size()) + " prices, as many as impressions");
    }
    for (size_t i = 0; i < items.size(); ++i) {
      list.items.push_back(
          {std::string(items[i]), static_cast<uint32_t>(i + 1), {}, {price(prices[i])}});
      if (items[i] == cell(kReferenceCell)) list.items.back().actions.emplace_back(kClickOut);
    }
    return list;
  }

  float price(std::string_view text) const {
    float price = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), price);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(price)) {
      throw fault(kPricesCell, "finite numbers between |");
    }
    return price;
  }

  const std::string file_;
};

}  // namespace

std::unique_ptr<ImpressionReader> read_trivago(std::vector<ImpressionFile> files) {
  return std::make_unique<TrivagoReader>(std::move(files));
}

}  // namespace kaskad
