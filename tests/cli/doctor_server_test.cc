// `kaskad doctor --server` beside `kaskad serve`: well, with a reload that was refused, and gone.
#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

using nlohmann::json;

class DoctorServerTest : public ProgramTest {
 protected:
  Ended doctor(uint16_t port, bool as_json) {
    std::vector<std::string> arguments = {
        "doctor", "--server", "http://127.0.0.1:" + std::to_string(port), "--seconds", "0.2"};
    if (as_json) arguments.push_back("--json");
    return kaskad_in(directory_, arguments);
  }
};

TEST_F(DoctorServerTest, SaysWhatIsWrongAndEndsWithStatusOne) {
  run({"popularity", "data", "-o", "popular"});
  RunningServer server(directory_, {"--bundle", "popular"});
  const Ended well = doctor(server.port(), true);
  EXPECT_EQ(well.status, 0) << well.output;
  EXPECT_EQ(well.json()["findings"], json::array());
  directory_.write("popular/manifest.json", "{}");
  server.signal(SIGHUP);
  server.wait_for("error: ");
  const Ended ill = doctor(server.port(), true);
  EXPECT_EQ(ill.status, 1);
  ASSERT_EQ(ill.json()["findings"].size(), 1U) << ill.output;
  EXPECT_EQ(ill.json()["findings"][0]["condition"], "KaskadReloadFailed");
  const Ended words = doctor(server.port(), false);
  EXPECT_NE(words.output.find("critical  KaskadReloadFailed\n"), std::string::npos) << words.output;
  EXPECT_NE(words.output.find("what to do: "), std::string::npos) << words.output;
  EXPECT_EQ(server.end(), 0);
  const Ended gone = doctor(server.port(), false);
  EXPECT_EQ(gone.status, 1);
  EXPECT_NE(gone.output.find("critical  KaskadDown\n"), std::string::npos) << gone.output;
}

TEST_F(DoctorServerTest, AnAddressThatIsNoneIsAnError) {
  const Ended ended = kaskad_in(directory_, {"doctor", "--server", "here"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.error.find("expected one such as http://127.0.0.1:8080"), std::string::npos)
      << ended.error;
}

}  // namespace
}  // namespace kaskad
