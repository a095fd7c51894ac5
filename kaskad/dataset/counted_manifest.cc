#include "kaskad/dataset/counted_manifest.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad {
namespace {

using nlohmann::json;

std::string counted_manifest_path(const std::string& directory) {
  return directory + "/manifest.json";
}

}  // namespace

bool holds_counted(const std::string& directory, const std::string& format) {
  const std::string path = counted_manifest_path(directory);
  if (!std::filesystem::exists(path)) return false;
  const json root = json::parse(read_file(path), nullptr, false);
  return root.is_object() && root.value("format", json()) == format;
}

void read_counted_manifest(const std::string& directory, const std::string& format, int version,
                           const std::function<void(const json&)>& read) {
  const std::string path = counted_manifest_path(directory);
  try {
    const json root = json::parse(read_file(path));
    if (root.at("format") != format || root.at("version") != version) {
      throw data_error(path, 0, "format and version",
                       root.at("format").dump() + " " + root.at("version").dump(),
                       "\"" + format + "\" " + std::to_string(version) + "; count again");
    }
    read(root);
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
}

void expect_counted(const std::string& directory, const char* what, uint64_t found,
                    uint64_t expected) {
  if (found == expected) return;
  throw data_error(counted_manifest_path(directory), 0, what,
                   std::to_string(found) + " in the files",
                   std::to_string(expected) + "; are some files missing?");
}

}  // namespace kaskad
