#include "kaskad/report/html.h"

namespace kaskad::html {
namespace {

std::string escape(std::string_view words) {
  std::string escaped;
  escaped.reserve(words.size());
  for (char c : words) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      case '\0':
        escaped += "\xef\xbf\xbd";
        break;  // U+FFFD; NUL is no character of HTML
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string opening(std::string_view name, const Attributes& attributes) {
  std::string tag = "<" + std::string(name);
  for (const auto& [key, value] : attributes) {
    tag += " ";
    tag += key;
    tag += "=\"" + escape(value) + "\"";
  }
  return tag + ">";
}

}  // namespace

Html raw(std::string markup) {
  Html html;
  html.markup_ = std::move(markup);
  return html;
}

Html text(std::string_view words) { return raw(escape(words)); }

Html element(std::string_view name, const Attributes& attributes, const Html& inside) {
  return raw(opening(name, attributes) + inside.markup() + "</" + std::string(name) + ">");
}

Html empty_element(std::string_view name, const Attributes& attributes) {
  return raw(opening(name, attributes));
}

}  // namespace kaskad::html
