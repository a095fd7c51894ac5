// `kaskad serve --grpc-port` listens beside HTTP, and ends with it.
#include "tests/cli/program.h"
#include "tests/cli/running_server.h"
#include "tests/free_port.h"
#include "tests/server/test_graph.h"

namespace kaskad {
namespace {

TEST(GrpcServing, ListensOnItsPortOrSaysWhyNot) {
  const TempDir directory;
  const TestGraph graph;
  const std::string onnx = "sum=" + graph.files()[0].path;
  const std::string port = std::to_string(free_port());
#ifdef KASKAD_GRPC
  RunningServer server(directory, {"--onnx", onnx, "--grpc-port", port});
  EXPECT_EQ(server.wait_for("serving gRPC on 127.0.0.1:"), port);
  EXPECT_NO_THROW(TestClient(static_cast<uint16_t>(std::stoi(port))));
  const Ended second =
      kaskad_in(directory, {"serve", "--port", "0", "--onnx", onnx, "--grpc-port", port});
  EXPECT_NE(second.status, 0);
  EXPECT_NE(second.error.find("cannot listen on 127.0.0.1:" + port + " for gRPC"),
            std::string::npos)
      << second.error;
  EXPECT_EQ(server.end(), 0);
#else
  const Ended ended =
      kaskad_in(directory, {"serve", "--port", "0", "--onnx", onnx, "--grpc-port", port});
  EXPECT_NE(ended.error.find("built with -DKASKAD_GRPC=ON"), std::string::npos) << ended.error;
#endif
}

}  // namespace
}  // namespace kaskad
