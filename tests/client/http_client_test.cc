#include "kaskad/client/http_client.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

TEST(HttpAddress, TakesHostPortAndPath) {
  const HttpAddress address = parse_http_address("http://127.0.0.1:8080/kaskad/");
  EXPECT_EQ(address.host, "127.0.0.1");
  EXPECT_EQ(address.port, 8080);
  EXPECT_EQ(address.path, "/kaskad");
  EXPECT_TRUE(address.loopback());
  EXPECT_FALSE(parse_http_address("http://127.example.org").loopback());
  EXPECT_EQ(parse_http_address("http://[::1]:81").host, "::1");
  EXPECT_EQ(parse_http_address("http://localhost").port, 80);
  for (const char* bad : {"127.0.0.1:80", "https://127.0.0.1", "http://", "http://a:x",
                          "http://a:0", "http://a:99999"}) {
    EXPECT_THROW(parse_http_address(bad), Error) << bad;
  }
}

TEST(HttpClient, NamesTheAddressWhereNobodyListens) {
  HttpClient client(parse_http_address("http://127.0.0.1:1"), std::chrono::milliseconds(2000));
  try {
    client.get("/metrics");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("http://127.0.0.1:1: found '"), 0U) << error.what();
  }
}

}  // namespace
}  // namespace kaskad
