// The checker of the onnx Python package, where the machine has it (Debian: python3-onnx).
#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace kaskad {

inline bool has_onnx_checker() {
  return std::system("/usr/bin/python3 -c 'import onnx' > /dev/null 2>&1") == 0;
}

// What the checker has against a file, with shapes inferred; empty when it passes.
inline std::string onnx_checker_complaint(const std::string& model) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("kaskad-checked-" + std::to_string(getpid()) + ".onnx"))
                               .string();
  std::ofstream(path, std::ios::binary) << model;
  const std::string command =
      "/usr/bin/python3 -c \"import onnx; onnx.checker.check_model(onnx.load('" + path +
      "'), full_check=True)\" 2>&1";
  std::string complaint;
  std::FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) complaint += piece.data();
  if (pclose(pipe) != 0 && complaint.empty()) complaint = "the checker failed";
  std::filesystem::remove(path);
  return complaint;
}

}  // namespace kaskad
