// Texts compiled into the binary: console/* and openapi.json (see cmake/embed_files.cmake).
#pragma once

#include <span>
#include <string_view>

namespace kaskad {

struct EmbeddedFile {
  std::string_view name;  // "main.js"
  std::string_view content;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace kaskad
