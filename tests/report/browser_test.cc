// The pages in a real browser, headless: plots are drawn, the script runs without an error, and
// what a reader clicks does what it says. Skipped where no Chromium is installed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "contains.h"
#include "kaskad/core/file.h"
#include "kaskad/report/describe_page.h"
#include "kaskad/report/grid_page.h"
#include "samples.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

std::string find_browser() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
      if (const std::string file = folder + "/" + name; access(file.c_str(), X_OK) == 0)
        return file;
  return {};
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    browser_ = find_browser();
    if (browser_.empty()) GTEST_SKIP() << "no Chromium on the PATH";
  }

  // The document after loading, as the browser holds it. `actions` is script run last, as if a
  // reader did it.
  std::string open(std::string page, const std::string& actions = "") {
    const std::string end = "</body>";
    page.insert(page.rfind(end), "<script>" + actions + "</script>");
    write_file(folder_ / "page.html", page);
    const std::string command =
        "timeout 90 '" + browser_ +
        "' --headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
        " --disable-background-networking --disable-component-update --disable-sync"
        " --enable-logging=stderr --user-data-dir='" +
        folder_ / "profile" + "' --dump-dom 'file://" + folder_ / "page.html" + "' > '" +
        folder_ / "dom" + "' 2> '" + folder_ / "log" + "'";
    const int status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 0) << read_file(folder_ / "log");
    log_ = read_file(folder_ / "log");
    return read_file(folder_ / "dom");
  }

  // The page's script marks its end and any error on the root element; the browser's log has
  // what failed before it, and what the security policy refused.
  void expect_no_error(const std::string& dom) {
    EXPECT_TRUE(contains(dom, "data-ready=\"yes\""));
    EXPECT_FALSE(contains(dom, "data-error"));
    EXPECT_FALSE(contains(log_, "Uncaught")) << log_;
    EXPECT_FALSE(contains(log_, "Content Security Policy")) << log_;
  }

  std::string browser_, log_;
  const TempDir folder_;
};

// Script that writes `expression` where the test finds it.
std::string answer(const std::string& expression) {
  return "document.documentElement.dataset.answer = " + expression + ";";
}

TEST_F(Browser, GridPageDrawsItsPlots) {
  const std::string dom = open(grid_page(sample_grid()), answer(R"(
      [...document.querySelectorAll('.contest circle, .knob circle, path.line')]
          .every((mark) => mark.getBoundingClientRect().width > 1) + ' ' +
      document.querySelectorAll('.contest circle').length)"));
  expect_no_error(dom);
  EXPECT_TRUE(contains(dom, "data-answer=\"true 9\""));  // blend 2, winner 2, both 1, baselines 4
}

TEST_F(Browser, DescribePageDrawsItsPlots) {
  const std::string dom = open(describe_page(sample_description()), answer(R"(
      [...document.querySelectorAll('figure svg[role=img]')]
          .filter((plot) => plot.getBoundingClientRect().height > 200).length + ' ' +
      [...document.querySelectorAll('rect.bar')]
          .filter((bar) => bar.getBoundingClientRect().height > 1).length)"));
  expect_no_error(dom);
  EXPECT_TRUE(contains(dom, "data-answer=\"7 "));
}

TEST_F(Browser, LeaderboardShowsFiftyRowsThenAll) {
  const std::string dom = open(grid_page(sample_grid()), answer(R"(
      document.querySelectorAll('.leaderboard tbody tr').length)") +
                                                             R"(
      [...document.querySelectorAll('.tools button')].at(-1).click();)" +
                                                             R"(
      document.documentElement.dataset.answer +=
          ' ' + document.querySelectorAll('.leaderboard tbody tr').length;)");
  expect_no_error(dom);
  EXPECT_TRUE(contains(dom, "data-answer=\"50 640\""));
}

TEST_F(Browser, LeaderboardSortsByNumberAndFiltersByWords) {
  const std::string dom = open(grid_page(sample_grid()), R"(
      const board = document.querySelector('.leaderboard');
      const rank = board.tHead.rows[0].cells[0].querySelector('button');
      rank.click();
      rank.click();
      const last = board.tBodies[0].rows[0].cells[0].textContent;
      const filter = document.querySelector('.tools input');
      filter.value = 'both pmi';
      filter.dispatchEvent(new Event('input'));)" + answer(R"(
      last + ' ' + board.tHead.rows[0].cells[0].getAttribute('aria-sort') + ' ' +
      [...board.tBodies[0].rows].every((row) => /both/.test(row.textContent) &&
                                                /pmi/.test(row.textContent)))"));
  expect_no_error(dom);
  EXPECT_TRUE(contains(dom, "data-answer=\"640 descending true\""));
}

TEST_F(Browser, NamesThatAreMarkupStayText) {
  const std::string attack = "<script>document.title='taken'</script><img onerror=\"x\">";
  const nlohmann::json grid = with_every_text(sample_grid(), attack);
  const std::string dom = open(grid_page(grid), answer(R"(
      document.scripts.length + ' ' + document.images.length + ' ' +
      (document.title === 'taken'))"));
  expect_no_error(dom);
  EXPECT_TRUE(contains(dom, "data-answer=\"2 0 false\""));  // the page's script and this one
}

TEST_F(Browser, NothingIsWiderThanAPhone) {
  for (const std::string& page : {grid_page(sample_grid()), describe_page(sample_description())}) {
    std::string narrow = page;
    narrow.insert(narrow.find("</head>"), "<style>html { width: 380px }</style>");
    EXPECT_TRUE(contains(
        open(narrow, answer("[...document.querySelectorAll('main > *, main > * > *')]"
                            ".every((part) => part.getBoundingClientRect().right <= 380)")),
        "data-answer=\"true\""));
  }
}

}  // namespace
}  // namespace kaskad
