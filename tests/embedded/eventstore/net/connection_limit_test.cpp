#include "embedded/eventstore/net/connection_limit.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::eventstore {
namespace {

TEST(ConnectionLimitTest, TheDatabaseAlwaysHasFilesToOpen) {
  const Connections wanted;
  for (const std::size_t open_files : {512, 1024, 2000, 4096, 1'000'000}) {
    const Connections within = connections_within(open_files, wanted);
    EXPECT_GE(within.http2, 10u) << open_files;
    EXPECT_LE(2 * within.http2 + within.newcomers + 300, open_files) << open_files;
  }
  EXPECT_GE(connections_within(1024, wanted).http2, 200u);
  const Connections plenty = connections_within(1'000'000, wanted);
  EXPECT_EQ(plenty.http2, wanted.http2);
  EXPECT_EQ(plenty.newcomers, wanted.newcomers);
  EXPECT_EQ(connections_within(64, wanted).http2, 1u) << "it serves somebody, whatever the limit";
}

}  // namespace
}  // namespace weir::embedded::eventstore
