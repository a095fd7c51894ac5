#include "kaskad/report/page.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/report/assets.h"
#include "kaskad/report/format.h"

namespace kaskad::html {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// Even markup smuggled past the escaping could load nothing from anywhere.
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

const char* css_of(Column::Kind kind) {
  switch (kind) {
    case Column::Kind::kText:
      return "text";
    case Column::Kind::kNumber:
      return "number";
    case Column::Kind::kPlot:
      return "plot-cell";
  }
  return "";
}

std::string exact(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.9g", value);
  return buffer;
}

Html head_row(const std::vector<Column>& columns) {
  Html cells;
  for (const Column& column : columns) {
    Attributes attributes = {{"scope", "col"}, {"class", css_of(column.kind)}};
    if (!column.help.empty()) attributes.push_back({"title", column.help});
    cells += element("th", attributes,
                     element("span", {{"class", "title"}}, text(column.title)) + column.axis);
  }
  return element("thead", element("tr", cells));
}

Html body_row(const std::vector<Column>& columns, const Row& row) {
  Html cells;
  for (size_t i = 0; i < row.cells.size() && i < columns.size(); ++i) {
    const Cell& cell = row.cells[i];
    Attributes attributes = {{"class", css_of(columns[i].kind)}};
    if (i == 0) attributes.push_back({"scope", "row"});
    if (std::isfinite(cell.sort_value)) attributes.push_back({"data-sort", exact(cell.sort_value)});
    cells += element(i == 0 ? "th" : "td", attributes, cell.content);
  }
  return element("tr", row.highlight ? Attributes{{"class", "highlight"}} : Attributes{}, cells);
}

Html contents(const std::vector<Section>& sections) {
  Html links;
  for (const Section& section : sections)
    if (!section.body.empty())
      links += element("a", {{"href", "#" + section.id}}, text(section.title));
  return links.empty() ? Html() : element("nav", {{"aria-label", "Contents"}}, links);
}

Html head(const std::string& title) {
  return element(
      "head",
      empty_element("meta", {{"charset", "utf-8"}}) +
          empty_element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kPolicy}}) +
          empty_element(
              "meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
          empty_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) +
          element("title", text(title)) + element("style", raw(std::string(kStyleSheet))));
}

}  // namespace

std::string document(const Document& page) {
  Html main = element("header", page.heading) + contents(page.sections);
  for (const Section& section : page.sections)
    if (!section.body.empty())
      main += element("section", {{"id", section.id}},
                      element("h2", text(section.title)) + section.body);
  const Html body = element("main", main) + element("footer", page.footer) +
                    element("script", raw(std::string(kScript)));
  return "<!doctype html>\n" +
         element("html", {{"lang", "en"}}, head(page.title) + element("body", body)).markup() +
         "\n";
}

Html paragraph(const std::string& words) {
  return words.empty() ? Html() : element("p", text(words));
}

Html callout(const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  Html items;
  for (const std::string& line : lines) items += element("li", text(line));
  return element("aside", {{"class", "callout"}},
                 element("strong", text(title)) + element("ul", items));
}

Html facts(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Html items;
  for (const auto& [name, value] : pairs)
    if (!value.empty())
      items += element("div", element("dt", text(name)) + element("dd", text(value)));
  return items.empty() ? Html() : element("dl", {{"class", "facts"}}, items);
}

Html definitions(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Html items;
  for (const auto& [term, meaning] : pairs)
    if (!meaning.empty()) items += element("dt", text(term)) + element("dd", text(meaning));
  return items.empty() ? Html() : element("dl", {{"class", "definitions"}}, items);
}

Html definitions(std::vector<std::pair<std::string, std::string>> pairs,
                 const nlohmann::json& metrics) {
  if (metrics.is_object()) {
    for (const auto& [metric, definition] : metrics.items()) {
      if (definition.is_string())
        pairs.emplace_back(metric_title(metric), definition.get<std::string>());
    }
  }
  return definitions(pairs);
}

Html boxes(const std::string& css_class, const std::vector<Html>& items) {
  Html inside;
  for (const Html& item : items) inside += item;
  return inside.empty() ? Html() : element("div", {{"class", "boxes " + css_class}}, inside);
}

Cell::Cell(Html html) : content(std::move(html)), sort_value(kNoNumber) {}
Cell::Cell(const std::string& words) : Cell(text(words)) {}
Cell::Cell(const char* words) : Cell(text(words)) {}
Cell::Cell(Html html, double value) : content(std::move(html)), sort_value(value) {}
Cell::Cell(const std::string& words, double value) : Cell(text(words), value) {}

Html table(const Table& content) {
  if (content.rows.empty()) return {};
  Html rows;
  for (const Row& row : content.rows) rows += body_row(content.columns, row);
  Attributes attributes = {{"class", content.css_class}};
  if (content.interactive) attributes.push_back({"data-interactive", ""});
  if (content.shown > 0) attributes.push_back({"data-shown", std::to_string(content.shown)});
  const Html whole = element("table", attributes,
                             element("caption", text(content.caption)) + head_row(content.columns) +
                                 element("tbody", rows));
  // Wide tables scroll inside this box, also by keyboard; the page itself never does sideways.
  return element(
      "div",
      {{"class", "scroll"}, {"role", "region"}, {"tabindex", "0"}, {"aria-label", content.caption}},
      whole);
}

Html provenance(const std::string& command,
                const std::vector<std::pair<std::string, std::string>>& pairs) {
  Html command_box;
  if (!command.empty())
    command_box =
        element("p", text("This page comes from")) + element("pre", element("code", text(command)));
  return command_box + definitions(pairs);
}

}  // namespace kaskad::html
