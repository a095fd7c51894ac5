#include "kaskad/train/share_files.h"

#include <map>
#include <vector>

#include "kaskad/train/sharded_table.h"

namespace kaskad::train {
namespace {

std::string share_path(const std::string& directory, int64_t process, int64_t processes) {
  return directory + "/share-" + std::to_string(process) + "-of-" + std::to_string(processes) +
         ".safetensors";
}

// Rows of a table out of several files.
struct Pieces {
  std::vector<torch::Tensor> values;  // (rows, dimension)
  std::vector<torch::Tensor> rows;    // (rows) int64, of the whole table
};

}  // namespace

std::pair<NamedTensors, NamedTensors> split_shares(const NamedTensors& tensors) {
  const std::string ending = std::string(".") + kShareName;
  std::pair<NamedTensors, NamedTensors> parts;
  for (const auto& [name, tensor] : tensors) {
    (name.ends_with(ending) ? parts.second : parts.first)[name] = tensor;
  }
  return parts;
}

void write_share(const std::string& directory, const NamedTensors& share, const Group& group) {
  write_safetensors(share_path(directory, group.rank(), group.size()), share);
}

NamedTensors read_share(const std::string& directory, int64_t files, const Group& group) {
  if (files == group.size()) {
    return read_safetensors(share_path(directory, group.rank(), files));
  }
  std::map<std::string, Pieces> pieces;
  for (int64_t file = 0; file < files; ++file) {
    for (const auto& [name, tensor] : read_safetensors(share_path(directory, file, files))) {
      const torch::Tensor rows = torch::arange(tensor.size(0), torch::kInt64) * files + file;
      const torch::Tensor mine = rows.remainder(group.size()).eq(group.rank()).nonzero().flatten();
      pieces[name].values.push_back(tensor.index_select(0, mine));
      pieces[name].rows.push_back(rows.index_select(0, mine));
    }
  }
  NamedTensors share;
  for (const auto& [name, of] : pieces) {
    share[name] = torch::cat(of.values).index_select(0, torch::cat(of.rows).argsort());
  }
  return share;
}

}  // namespace kaskad::train
