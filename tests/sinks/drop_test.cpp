#include "sinks/drop/drop.hpp"

#include "tests/sinks/kit.hpp"

namespace weir::sinks::drop {
namespace {

class DropTest : public testing::SinkTest {};

TEST_F(DropTest, ConfirmsAndCounts) {
  BuildContext context = build_context();
  const std::unique_ptr<Sink> sink = make_drop_sink(context);
  ASSERT_TRUE(run(sink->open()).has_value());
  const Result<WriteReport> report = write(*sink, {&add("a"), &add("b")});
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->size(), 2u);
  EXPECT_TRUE(report->all_written());
  run(sink->close());
  EXPECT_EQ(metrics_.counter("weir_drop_sink_messages_total", {{"component", "out"}, {"pipeline", "p"}}).value(), 2u);
}

}  // namespace
}  // namespace weir::sinks::drop
