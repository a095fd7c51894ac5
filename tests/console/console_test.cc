// The console in a real browser, headless: what is drawn, what keys do, what is asked of whom.
// Skipped where there is no Chromium.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/console/console_server.h"
#include "tests/console/web_driver.h"

namespace kaskad {
namespace {

using nlohmann::json;

class ConsoleTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!WebDriver::installed()) GTEST_SKIP() << "no Chromium with chromedriver on the PATH";
    browser_ = std::make_unique<WebDriver>();
  }

  // A page of the console; what is asked for is done when the test looks for what it shows.
  void open(const std::string& page) { browser_->open(shop_.url() + "/#/" + page); }

  // `expression` becomes true within a minute.
  void expect(const std::string& expression) {
    EXPECT_TRUE(browser_->wait_for("Boolean(" + expression + ")")) << expression << "\n" << page();
  }
  // The text of `selector` comes to hold `part`.
  void expect_text(const std::string& selector, const std::string& part) {
    browser_->wait_for("document.querySelector('" + selector + "')?.textContent.includes(" +
                       json(part).dump() + ")");
    EXPECT_NE(browser_->text(selector).find(part), std::string::npos)
        << selector << ": found '" << browser_->text(selector) << "', expected '" << part << "'\n"
        << page();
  }
  std::string page() { return "the page says: " + browser_->text("main > section:not([hidden])"); }
  // Of the answer's items.
  std::string names() {
    return browser_->run(
        "return [...document.querySelectorAll('#answer .name')].map(one => one.textContent)"
        ".join(' ')");
  }
  size_t count(const std::string& selector) {
    return browser_->run("return document.querySelectorAll('" + selector + "').length");
  }
  std::string focused() { return browser_->run("return document.activeElement.id"); }
  // Presses Tab until the element is reached, as who has no mouse does.
  void tab_to(const std::string& id) {
    for (int i = 0; i < 60 && focused() != id; ++i) browser_->press(kTab);
    EXPECT_EQ(focused(), id) << "not reached by Tab";
  }

  BreakableServer shop_;
  std::unique_ptr<WebDriver> browser_;
};

TEST_F(ConsoleTest, EveryPageLoadsWithoutErrorAndAsksThisServerAlone) {
  for (const std::string name :
       {"playground", "live", "versions", "experiments", "alerts", "api"}) {
    open(name);
    expect("!document.getElementById('page-" + name + "').hidden");
    expect("document.querySelector('nav a[aria-current]').getAttribute('href') === '#/" + name +
           "'");
    EXPECT_EQ(count("main > section:not([hidden])"), 1U) << name;
  }
  expect_text("#serving", "cascade shop");
  expect_text("#checked", "KaskadStageFailing");
  EXPECT_EQ(browser_->console(), std::vector<std::string>{});
  const std::vector<std::string> urls = browser_->requested();
  EXPECT_GT(urls.size(), 20U);
  for (const std::string& url : urls) EXPECT_TRUE(url.starts_with(shop_.url() + "/")) << url;
}

TEST_F(ConsoleTest, ARecommendationWithoutAMouse) {
  open("playground");
  expect("document.querySelectorAll('#answer tbody tr').length");  // nobody's
  browser_->press("/");
  EXPECT_EQ(focused(), "search");
  browser_->press("i2");
  expect_text("#found [aria-selected=true]", "i2");
  browser_->press(kEnter);
  expect_text("#history", "i2");
  expect_text("#timing", "a history of 1");
  EXPECT_EQ(names(), "i7 i3 i0") << "what was seen is left out";
  tab_to("k");
  browser_->run("document.activeElement.select()");
  browser_->press("1" + std::string(kEnter));
  expect("document.querySelectorAll('#answer tbody tr').length === 1");
  expect_text("#answer", "i7");
  EXPECT_NE(browser_->run("return location.hash").get<std::string>().find("h=i2&k=1"),
            std::string::npos);
  browser_->run("document.querySelector('nav a[href=\"#/live\"]').focus()");
  browser_->press(kEnter);
  expect("document.activeElement.id === 'title-live'");
}

TEST_F(ConsoleTest, ASearchGivesTheQueryToTheCascade) {
  open("playground");
  expect("!document.querySelector('input[value=search]').disabled");
  browser_->focus("input[value=recommend]");
  browser_->press(kArrowRight);  // among the kinds
  tab_to("query");
  browser_->press("red shoes" + std::string(kEnter));
  expect_text("#timing", "items in");
  expect_text("#answer", "i7");
  EXPECT_EQ(shop_.stage("a")->last_query(), "red shoes");
}

TEST_F(ConsoleTest, RanksCandidatesAndSaysWhichAreUnknown) {
  open("playground");
  expect("!document.querySelector('input[value=rank]').disabled");
  browser_->click("input[value=rank]");
  browser_->focus("#candidates");
  browser_->press("i2 i9 nope");
  browser_->click("#submit");
  expect_text("#answer tbody tr", "i9");
  expect_text("#timing", "candidates that the model does not know: nope");
}

TEST_F(ConsoleTest, ACascadeIsDrawnStageByStage) {
  shop_.stage("rank")->mood = Mood::kThrows;
  open("playground");
  expect("document.querySelectorAll('#stages button').length");
  EXPECT_EQ(browser_->run("return [...document.querySelectorAll('#stages button b')].map("
                          "one => one.textContent).join(' ')"),
            "a b filter rank blend");
  EXPECT_EQ(count("#stages > li"), 4U) << "retrievers stand above each other";
  expect_text("[data-stage=filter]", "6 → 4");
  expect_text("[data-stage=rank]", "exception: skip stood in");
  expect_text("#degraded", "rank: it failed: thrown on purpose; skip stood in");

  browser_->focus("[data-stage=filter]");
  browser_->press(kEnter);
  expect_text("#stage h4", "filter");
  expect("document.activeElement.dataset.stage === 'filter'");  // drawn anew, and still there
  browser_->click("#list-dropped");
  expect_text("#stage tbody tr", "banned");
  browser_->focus("#stage tbody button");
  browser_->press(kEnter);
  expect_text("#way", "a at 2");
  expect_text("#way", "filter dropped it: banned");
  expect_text("[data-stage=filter]", "dropped here");
}

TEST_F(ConsoleTest, SaysWhyAnItemIsNotThere) {
  browser_->open(shop_.url() + "/#/playground?kind=recommend&item=i2&k=1");
  expect_text("#way", "dropped by 'blend': place 3 of 4, the answer has 1");
}

TEST_F(ConsoleTest, ChartsGetPointsFromRequests) {
  open("live");
  browser_->run(
      "const choice = document.getElementById('interval'); choice.value = '1';"
      "choice.dispatchEvent(new Event('change'))");
  expect("document.querySelector('#tiles dd')");
  shop_.recommend(20);
  expect_text("#charts figure:nth-of-type(1) .legend", "/v1/recommend");
  expect_text("#charts figure:nth-of-type(4) .legend", "rank");
  for (const char* chart : {"1", "2", "3", "4", "5"}) {
    expect("document.querySelector('#charts figure:nth-of-type(" + std::string(chart) +
           ") svg').dataset.points > 0");
  }
  browser_->click("#charts figure:nth-of-type(1) summary");
  expect_text("#charts figure:nth-of-type(1) thead", "/v1/recommend");
  browser_->click("#pause");
  expect_text("#live-note", "Paused.");
  EXPECT_EQ(browser_->text("#pause"), "Go on");
}

TEST_F(ConsoleTest, RollingBackTakesTheTokenAndAYes) {
  const std::string first = shop_.server().version();
  shop_.server().reload();
  const std::string second = shop_.server().version();
  open("versions");
  expect_text("#served", second);
  browser_->click("#rollback");
  expect_text("#swap-error", "Give the server's token first");
  EXPECT_EQ(focused(), "token");
  browser_->press("wrong");
  browser_->click("#rollback");
  browser_->click("#confirm-yes");
  expect_text("#swap-error", "The token is not that of this server");
  EXPECT_EQ(shop_.server().version(), second);

  browser_->run("document.getElementById('token').value = ''");
  browser_->focus("#token");
  browser_->press("secret");
  browser_->click("#rollback");
  browser_->press(kEscape);
  expect("!document.getElementById('confirm').open");
  EXPECT_EQ(shop_.server().version(), second) << "nothing without a yes";
  browser_->click("#rollback");
  browser_->press(kEnter);  // the dialog has the focus on its yes
  expect_text("#swap-result", first);
  EXPECT_EQ(shop_.server().version(), first);
  expect_text("#served", first);
  EXPECT_EQ(browser_->run("return localStorage.length + sessionStorage.length"), 0);
  EXPECT_EQ(browser_->run("return document.cookie"), "");
}

TEST_F(ConsoleTest, ReloadingServesWhatIsThereNow) {
  const std::string first = shop_.server().version();
  open("versions");
  browser_->focus("#token");
  browser_->press("secret");
  browser_->click("#reload");
  browser_->click("#confirm-yes");
  expect_text("#swap-result", "can be had back" + first);
  EXPECT_NE(shop_.server().version(), first);
}

TEST_F(ConsoleTest, AlertsSayWhatIsWrongAndWhatToDo) {
  shop_.stage("rank")->mood = Mood::kThrows;
  shop_.recommend(20);
  open("alerts");
  expect_text("#findings", "KaskadStageBreakerOpen");
  expect_text("#findings", "stage 'rank'");
  expect_text("#findings", "What to do: POST /v1/explain shows under degraded why it fails");
  expect_text("#findings", "since 20");
  expect("document.getElementById('alert-count').textContent > 0");
  EXPECT_EQ(count("#checked .critical"), 1U) << browser_->text("#checked");
}

TEST_F(ConsoleTest, AnExperimentsArmsAreShownAndLookedUp) {
  const ExperimentServer server;
  browser_->open(server.url() + "/#/experiments");
  expect_text("#experiment", "held out of all layers10.0%");
  expect_text("#experiment tbody tr:nth-child(2)", "blend.explore.share");
  HttpClient client(parse_http_address(server.url()), std::chrono::seconds(60));
  std::string arm;
  for (int user = 0; arm.empty(); ++user) {
    const json answer = json::parse(
        client.post_json("/v1/recommend", R"({"user_id": "u)" + std::to_string(user) + R"("})")
            .body);
    if (!answer.at("experiment").at("arms").contains("items")) continue;
    arm = answer["experiment"]["arms"]["items"];
    browser_->focus("#arms-user");
    browser_->press("u" + std::to_string(user) + kEnter);
  }
  expect_text("#arms-answer", "items: " + arm);
}

TEST_F(ConsoleTest, NamesThatAreMarkupStayText) {
  browser_->open(shop_.url() +
                 "/#/playground?h=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D1%22%3E");
  expect_text("#history", "<img src=x");
  expect_text("#timing", "items that the model does not know: <img");
  EXPECT_EQ(count("img"), 0U);
}

TEST_F(ConsoleTest, EveryFieldHasALabelAndNothingIsWiderThanAPhone) {
  browser_->resize(500, 900);  // as narrow as the browser goes
  for (const std::string name : {"playground", "live", "versions", "experiments", "alerts"}) {
    open(name);
    expect("!document.getElementById('page-" + name + "').hidden");
  }
  open("playground");
  expect("document.querySelectorAll('#stages button').length");
  EXPECT_EQ(browser_->run("return document.documentElement.scrollWidth <= innerWidth"), true);
  EXPECT_EQ(browser_->run("return [...document.querySelectorAll('input, select, textarea')].filter("
                          "one => !one.labels.length).map(one => one.outerHTML).join()"),
            "");
}

TEST_F(ConsoleTest, TheApiPageShowsEveryPathOfTheDocument) {
  browser_->open(shop_.url() + "/docs");
  expect("location.hash === '#/api'");
  expect_text("#calls", "/v1/recommend");
  const size_t paths = browser_->run(
      "return fetch('openapi.json').then(answer => answer.json()).then(document => "
      "Object.values(document.paths).flatMap(Object.keys).length)");
  EXPECT_EQ(count("#calls > li"), paths);

  tab_to("api-find");
  browser_->press("post rank");  // of its words
  expect("document.querySelectorAll('#calls > li').length === 1");
  browser_->press(kTab);
  browser_->press(kEnter);
  expect_text("#calls", "candidates");
  expect_text("#calls pre", "curl '" + shop_.url() + "/v1/rank' -d '{");
  expect_text("#calls", "404");
}

}  // namespace
}  // namespace kaskad
