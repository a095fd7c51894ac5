// Markup that is safe by its type. Item ids, file names and knob values come from users; they
// become Html only through text() or an attribute value, and both escape. Used by everything
// below kaskad/report; raw() is for markup written in this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kaskad::html {

class Html {
 public:
  Html() = default;
  const std::string& markup() const { return markup_; }
  bool empty() const { return markup_.empty(); }
  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }
  friend Html operator+(Html left, const Html& right) { return left += right; }

 private:
  friend Html raw(std::string markup);
  std::string markup_;
};

// Trusts its argument: literals of our own only.
Html raw(std::string markup);

// & < > " ' become entities.
Html text(std::string_view words);

using Attributes = std::vector<std::pair<std::string_view, std::string>>;

// <name key="value">inside</name>; values are escaped.
Html element(std::string_view name, const Attributes& attributes, const Html& inside = {});
inline Html element(std::string_view name, const Html& inside) { return element(name, {}, inside); }

// A void element: <meta ...>, <input ...>.
Html empty_element(std::string_view name, const Attributes& attributes);

}  // namespace kaskad::html
