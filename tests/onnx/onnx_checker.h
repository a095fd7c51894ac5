// The checker of the onnx Python package, where the machine has it (Debian: python3-onnx).
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/temp_dir.h"

namespace kaskad {

inline bool has_onnx_checker() {
  return std::system("/usr/bin/python3 -c 'import onnx' > /dev/null 2>&1") == 0;
}

// What the checker has against a file, with shapes inferred; empty when it passes.
inline std::string onnx_checker_complaint(const std::string& model) {
  const TempDir folder;
  const std::string path = folder.write("checked.onnx", model);
  const std::string command =
      "/usr/bin/python3 -c \"import onnx; onnx.checker.check_model(onnx.load('" + path +
      "'), full_check=True)\" 2>&1";
  std::string complaint;
  std::FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) complaint += piece.data();
  if (pclose(pipe) != 0 && complaint.empty()) complaint = "the checker failed";
  return complaint;
}

}  // namespace kaskad
