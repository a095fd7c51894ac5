// ModelStreamInfer: order, faults of single requests, clients that go, a server that stops.
#include <cstring>
#include <future>
#include <thread>

#include "tests/grpc/grpc_test_server.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_graph.h"

namespace kaskad {
namespace {

using Request = inference::ModelInferRequest;
using Response = inference::ModelStreamInferResponse;

class InferStreamTest : public GrpcTest {
 protected:
  void SetUp() override { start({}); }

  void start(HttpServerOptions http) {
    serve({.retriever = load_test_bundle(), .onnx = graph_.files()}, {}, http);
  }

  // total is `value` + 1.
  static Request request(const std::string& id, float value) {
    Request request;
    request.set_model_name("sum");
    request.set_id(id);
    auto* a = request.add_inputs();
    a->set_name("a");
    a->set_datatype("FP32");
    for (const int64_t length : {1, 2}) a->add_shape(length);
    for (const float one : {value, 1.0F}) a->mutable_contents()->add_fp32_contents(one);
    auto* shift = request.add_inputs();
    shift->set_name("shift");
    shift->set_datatype("INT64");
    shift->add_shape(2);
    for (int i = 0; i < 2; ++i) shift->mutable_contents()->add_int64_contents(0);
    return request;
  }
  static float total(const Response& response) {
    float value = 0;
    std::memcpy(&value, response.infer_response().raw_output_contents(0).data(), sizeof(value));
    return value;
  }
  // A recommendation on a thread of its own, for HeldRetrievals.
  std::future<grpc::Status> recommend_later() {
    return std::async(std::launch::async, [this] {
      grpc::ClientContext context;
      v1::RecommendRequest asked;
      asked.set_user_id("user-1");
      v1::RecommendResponse response;
      return recommender_->Recommend(&context, asked, &response);
    });
  }

  const TestGraph graph_;
};

TEST_F(InferStreamTest, AnswersComeInTheOrderOfTheRequests) {
  constexpr int kRequests = 200;
  grpc::ClientContext context;
  const auto stream = inference_->ModelStreamInfer(&context);
  std::thread writer([&] {
    for (int i = 0; i < kRequests; ++i) {
      stream->Write(request(std::to_string(i), static_cast<float>(i)));
    }
    stream->WritesDone();
  });
  Response response;
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.error_message(), "");
    EXPECT_EQ(response.infer_response().id(), std::to_string(i));
    EXPECT_EQ(total(response), static_cast<float>(i) + 1);
  }
  EXPECT_FALSE(stream->Read(&response));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_NE(metrics().find("path=\"/inference.GRPCInferenceService/ModelStreamInfer\","
                           "status=\"200\"} 200"),
            std::string::npos)
      << "each is counted as a request";
}

TEST_F(InferStreamTest, AFaultIsSaidInItsPlaceAndTheStreamGoesOn) {
  grpc::ClientContext context;
  const auto stream = inference_->ModelStreamInfer(&context);
  Response response;
  auto wrong = request("7", 1);
  wrong.mutable_inputs(0)->set_shape(0, 3);
  stream->Write(wrong);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error_message(), "input 'a': found 2 values, expected 6 for FP32 (3, 2)");
  EXPECT_EQ(response.infer_response().id(), "7");
  EXPECT_EQ(response.infer_response().outputs_size(), 0);
  wrong.set_model_name("sun");
  stream->Write(wrong);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error_message(),
            "found the model 'sun', expected one of: sum; did you mean 'sum'?");
  stream->Write(request("8", 1));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error_message(), "");
  EXPECT_EQ(total(response), 2);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(InferStreamTest, EachRequestCountsForTheRateOfItsClient) {
  HttpServerOptions http;
  http.limits.rate = {.per_second = 0.01, .at_once = 2};
  start(http);
  grpc::ClientContext context;
  const auto stream = inference_->ModelStreamInfer(&context);
  Response response;
  for (int i = 0; i < 3; ++i) {
    stream->Write(request("", 1));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.error_message().empty(), i < 2) << response.error_message();
  }
  EXPECT_EQ(response.error_message(),
            "found more requests of this client, expected at most 0.01 a second and 2 at once");
}

// Nothing tells when the server has read the request, nor when it has heard that the client is
// gone: so again with longer waits, until both came in time.
TEST_F(InferStreamTest, WhatACancelledStreamHadWaitingIsNotComputed) {
  HttpServerOptions http;
  http.threads = 1;
  start(http);
  const auto counted = [&] {
    return metrics().find("ModelStreamInfer\",status=\"499\"} 1") != std::string::npos;
  };
  for (auto wait = std::chrono::milliseconds(20); !counted() && wait.count() < 6000; wait *= 2) {
    std::future<grpc::Status> first;
    {
      const HeldRetrievals held;
      first = recommend_later();
      ASSERT_TRUE(comes([&] { return held.count() == 1; })) << "it has the only thread";
      grpc::ClientContext context;
      const auto stream = inference_->ModelStreamInfer(&context);
      stream->Write(request("1", 1));
      std::this_thread::sleep_for(wait);
      context.TryCancel();
      EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
      std::this_thread::sleep_for(wait);
    }
    EXPECT_TRUE(first.get().ok());
    std::this_thread::sleep_for(wait);
  }
  EXPECT_TRUE(counted());
}

TEST_F(InferStreamTest, AClientThatGoesWithoutAWordLeavesNothingBehind) {
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    const auto stream = inference_->ModelStreamInfer(&context);
    stream->Write(request("1", 1));
    context.TryCancel();  // somewhere between being read and being answered
    stream->Finish();
  }
  const auto began = std::chrono::steady_clock::now();
  grpc_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST_F(InferStreamTest, AServerThatStopsEndsIdleStreamsAtOnce) {
  grpc::ClientContext context;
  const auto stream = inference_->ModelStreamInfer(&context);
  Response response;
  stream->Write(request("1", 1));
  ASSERT_TRUE(stream->Read(&response));
  const auto began = std::chrono::steady_clock::now();
  auto stopped = std::async(std::launch::async, [&] { grpc_->stop(); });
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "the server is stopping");
  stopped.get();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5))
      << "it does not wait for the drain time, 10 seconds";
}

TEST_F(InferStreamTest, AServerThatStopsAnswersWhatItHasTaken) {
  HttpServerOptions http;
  http.threads = 1;
  start(http);
  grpc::ClientContext context;
  const auto stream = inference_->ModelStreamInfer(&context);
  std::future<grpc::Status> first;
  std::future<void> stopped;
  {
    const HeldRetrievals held;
    first = recommend_later();
    ASSERT_TRUE(comes([&] { return held.count() == 1; }));
    stream->Write(request("1", 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it waits for the thread
    stopped = std::async(std::launch::async, [&] { grpc_->stop(); });
    EXPECT_TRUE(
        comes([&] { return TestClient(server_->port()).get("/v2/health/ready").status == 503; }));
  }
  Response response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(total(response), 2);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  first.get();
  stopped.get();
}

// Streams that open, answer and are idle while the server ends, over and over: for the sanitizers.
TEST_F(InferStreamTest, StoppingMeetsStreamsInEveryState) {
  for (int round = 0; round < 10; ++round) {
    start({});
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
      clients.emplace_back([this] {
        for (;;) {
          grpc::ClientContext context;
          const auto stream = inference_->ModelStreamInfer(&context);
          Response response;
          for (int i = 0; i < 3 && stream->Write(request("1", 1)); ++i) stream->Read(&response);
          stream->WritesDone();
          if (!stream->Finish().ok()) return;
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    grpc_->stop();
    for (std::thread& client : clients) client.join();
  }
}

}  // namespace
}  // namespace kaskad
