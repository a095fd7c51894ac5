#include "kaskad/experiment/table.h"

#include <gtest/gtest.h>

#include "kaskad/experiment/analysis.h"
#include "tests/temp_dir.h"

namespace kaskad::ab {
namespace {

TableRequest asking(const std::vector<std::string>& metrics) {
  TableRequest request;
  for (const std::string& text : metrics) request.metrics.push_back(TableMetric::parse(text));
  return request;
}

std::string error_of(const std::string& path, const TableRequest& request) {
  try {
    read_table(path, request);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

constexpr const char* kTable =
    "user_id,arm,clicks,shown,clicks0,shown0\n"
    "a,control,1,10,2,20\nb,control,3,10,6,20\nc,new,2,8,2,16\nd,new,4,8,6,16\n";

TEST(Table, RatiosAndMeansAreOfItsColumns) {
  const TempDir directory;
  const ReadTable table = read_table(directory.write("users.csv", kTable),
                                     asking({"ctr=clicks/shown", "clicks=clicks"}));
  EXPECT_EQ(table.rows, 4u);
  const Analysis analysis = analyse(table.population, table.metrics, {}, {.metric = "ctr"});
  ASSERT_EQ(analysis.layers.size(), 1u);
  EXPECT_EQ(analysis.layers[0].name, "arm");
  const std::vector<ArmReport>& arms = analysis.layers[0].arms;
  EXPECT_EQ(arms[0].figures[0].value.value, 4.0 / 20);
  EXPECT_EQ(arms[1].figures[0].value.value, 6.0 / 16);
  EXPECT_EQ(arms[1].figures[1].value.value, 3);  // by user
}

TEST(Table, TheCovariateIsThePast) {
  const TempDir directory;
  TableRequest request = asking({"ctr=clicks/shown"});
  set_covariate(request.metrics, "ctr=clicks0/shown0");
  const ReadTable table = read_table(directory.write("users.csv", kTable), request);
  AnalysisOptions options{.effect = {.cuped = true}, .metric = "ctr"};
  const Analysis analysis = analyse(table.population, table.metrics, {}, options);
  EXPECT_LT(analysis.layers[0].arms[1].figures[0].effect.variance_left, 0.01);
  EXPECT_THROW(set_covariate(request.metrics, "cvr=a"), Error);
}

TEST(Table, RowsOfAUserAddUpAndTwoArmsAreMixed) {
  const TempDir directory;
  const std::string path =
      directory.write("users.csv", "user_id,arm,n\na,new,1\na,new,2\nb,new,5\nb,old,5\nc,old,\n");
  const ReadTable table = read_table(path, asking({"n=n"}));
  EXPECT_EQ(table.population.mixed(), std::vector<uint64_t>{1});
  const auto moments = table.population.moments(table.metrics[0]);
  EXPECT_EQ(moments[0][0].users(), 1);
  EXPECT_EQ(moments[0][0].mean(kAbove), 3);
  EXPECT_EQ(moments[0][1].mean(kAbove), 0);  // an empty cell
}

TEST(Table, ErrorsNameLineColumnAndWhatIsThere) {
  const TempDir directory;
  const std::string path = directory.write("users.csv", "user_id,arm,n\na,new,1\nb,new,many\n");
  EXPECT_EQ(error_of(path, asking({"n=n"})),
            path + ", line 3, column 'n': found 'many', expected a number");
  EXPECT_EQ(error_of(path, asking({"n=m"})),
            path +
                ", column 'm': found no such column, expected one of: user_id, arm, n; "
                "did you mean 'n'?");
  EXPECT_THROW(TableMetric::parse("ctr"), Error);
  EXPECT_THROW(TableMetric::parse("ctr=a/"), Error);
  EXPECT_THROW(read_table(path, {}), Error);
  TableRequest lenient = asking({"n=n"});
  lenient.on_error = OnError::kSkip;
  EXPECT_EQ(read_table(path, lenient).skipped.count, 1u);
}

}  // namespace
}  // namespace kaskad::ab
