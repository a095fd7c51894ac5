#include "kaskad/server/http.h"

#include <algorithm>

#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

HttpResponse error_response(int status, std::string_view message) {
  HttpResponse response;
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object().field("error", message).end_object();
  return response;
}

HttpResponse refused(const Refusal& refusal) {
  HttpResponse response = error_response(refusal.status, refusal.why);
  if (refusal.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (refusal.status == 429 || refusal.status == 503) {
    response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after));
  }
  return response;
}

bool percent_decode(std::string_view text, bool plus_is_space, std::string& decoded) {
  decoded.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& pairs) {
  pairs.clear();
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    auto& [name, value] = pairs.emplace_back();
    if (!percent_decode(part.substr(0, equals), true, name)) return false;
    if (equals == std::string_view::npos) continue;
    if (!percent_decode(part.substr(equals + 1), true, value)) return false;
  }
  return true;
}

}  // namespace kaskad
