// A server over both transports, and clients of both.
#pragma once

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "kaskad/grpc/grpc_server.h"
#include "kaskad/server/server.h"
#include "proto/inference.grpc.pb.h"
#include "proto/kaskad.grpc.pb.h"
#include "tests/server/test_client.h"

namespace kaskad {

using RecommenderStub = v1::Recommender::Stub;
using InferenceStub = inference::GRPCInferenceService::Stub;

class GrpcTest : public testing::Test {
 protected:
  using json = nlohmann::json;

  void serve(Bundles bundles, ServiceOptions service = {}, HttpServerOptions http = {}) {
    grpc_.reset();
    http.port = 0;
    if (http.threads == 0) http.threads = 2;
    server_ = std::make_unique<Server>(std::move(bundles),
                                       ServerOptions{.http = http, .service = std::move(service)});
    server_->start();
    grpc_ = std::make_unique<GrpcServer>(*server_, GrpcServerOptions{.limits = http.limits});
    const auto channel = grpc::CreateChannel(grpc_->address(), grpc::InsecureChannelCredentials());
    recommender_ = v1::Recommender::NewStub(channel);
    inference_ = inference::GRPCInferenceService::NewStub(channel);
  }

  // Calls a method of the stub, which must be answered.
  template <typename Stub, typename Request, typename Response>
  Response call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                Stub& stub, const Request& request, const std::string& token = "") {
    Response response;
    const grpc::Status status = attempt(method, stub, request, response, token);
    EXPECT_TRUE(status.ok()) << status.error_code() << ": " << status.error_message();
    return response;
  }
  template <typename Stub, typename Request, typename Response>
  grpc::Status attempt(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                       Stub& stub, const Request& request, Response& response,
                       const std::string& token = "") {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return (stub.*method)(&context, request, &response);
  }

  // What HTTP says to a body.
  Answer post(const std::string& path, const std::string& body) {
    return TestClient(server_->port()).post(path, body);
  }
  std::string metrics() { return TestClient(server_->port()).get("/metrics").body; }

  // The answer of HTTP, as a message.
  template <typename Message>
  Message from_json(const std::string& text) {
    Message message;
    const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
    EXPECT_TRUE(status.ok()) << status.ToString() << " in " << text;
    return message;
  }
  template <typename Message>
  static void expect_equal(const Message& found, const Message& expected) {
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(found, expected))
        << found.DebugString() << "in place of\n"
        << expected.DebugString();
  }

  // Waits for what must come, at most half a minute.
  template <typename Condition>
  static bool comes(const Condition& condition) {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<GrpcServer> grpc_;  // ends before the server
  std::unique_ptr<RecommenderStub> recommender_;
  std::unique_ptr<InferenceStub> inference_;
};

}  // namespace kaskad
