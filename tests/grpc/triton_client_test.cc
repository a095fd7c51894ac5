// Triton's Python client, as its users have it; scripts/fetch_triton_client.sh fetches it.
#include <cstdlib>
#include <filesystem>

#include "tests/grpc/grpc_test_server.h"
#include "tests/server/test_graph.h"

namespace kaskad {
namespace {

class SlowTritonClient : public GrpcTest {};

TEST_F(SlowTritonClient, IsAnsweredOverHttpAndGrpc) {
  const std::string root = KASKAD_SOURCE_DIR;
  const std::string packages = root + "/.deps/tritonclient";
  if (!std::filesystem::exists(packages)) {
    GTEST_SKIP() << packages << " is not there; run scripts/fetch_triton_client.sh";
  }
  const TestGraph graph;
  serve({.onnx = graph.files()});
  const std::string command = "PYTHONPATH='" + packages + "' python3 -B '" + root +
                              "/tests/grpc/triton_client.py' " + std::to_string(server_->port()) +
                              " " + std::to_string(grpc_->port());
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace
}  // namespace kaskad
