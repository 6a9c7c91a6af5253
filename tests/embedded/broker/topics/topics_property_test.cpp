// A random life of the catalogue: changes, faults, kills and power cuts, against a model of a few lines.
#include "embedded/broker/topics/changes.hpp"
#include "tests/embedded/broker/topics/topics_fixture.hpp"
#include "tests/samples.hpp"

#include <gtest/gtest.h>

#include <random>

namespace weir::embedded::broker::topics {
namespace {

using wire::ErrorCode;

struct ModelTopic {
  std::int32_t partitions = 0;
  TopicConfig config;
  friend bool operator==(const ModelTopic&, const ModelTopic&) = default;
};
using Model = std::map<std::string, ModelTopic>;

class TopicsPropertyTest : public TopicsFixture, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  Model seen() const {
    Model model;
    for (const auto& [name, topic] : topics_->all()) {
      EXPECT_EQ(topics_->find(topic->id), topic.get());
      model[name] = {static_cast<std::int32_t>(topic->partitions.size()), topic->config};
    }
    return model;
  }
  std::uint32_t pick(std::uint32_t count) { return random_() % count; }
  std::string any_name() { return std::string(1, static_cast<char>('a' + pick(4))) + (pick(2) == 0 ? ".x" : "_x"); }

  // One random change: its answer, and what the catalogue holds when it was made.
  std::pair<TopicError, Model> change(const Model& before) {
    const std::string name = any_name();
    const std::int32_t partitions = static_cast<std::int32_t>(pick(6));
    Model after = before;
    TopicError error;
    switch (pick(5)) {
      case 0:
      case 1:
        error = topics_->create(name, partitions, {});
        after[name] = {partitions, {}};
        break;
      case 2:
        error = topics_->remove(name);
        after.erase(name);
        break;
      case 3:
        error = topics_->grow(name, partitions);
        after[name].partitions = partitions;
        break;
      default: {
        const TopicConfig config{{{"retention.ms", std::to_string(pick(1000))}}};
        error = topics_->configure(name, config);
        after[name].config = config;
      }
    }
    return {error, after};
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(TopicsPropertyTest, TheCatalogueIsTheModel) {
  Model model;
  std::int64_t last_producer_id = -1;
  int changed = 0;
  for (int step = 0; step < 600; ++step) {
    const bool fault = pick(20) == 0;
    if (fault) {
      const Operation kinds[] = {Operation::write, Operation::sync, Operation::rename, Operation::sync_directory};
      files_.fail(kinds[pick(4)], 1 + static_cast<int>(pick(2)), pick(2) == 0 ? EIO : ENOSPC);
    }
    const auto [error, after] = change(model);
    if (error.ok()) {
      model = after;
      ++changed;
    }
    if (pick(10) == 0) {
      const Result<std::int64_t> id = topics_->next_producer_id();
      if (id) {
        ASSERT_GT(*id, last_producer_id);
        last_producer_id = *id;
      }
    }
    if (pick(15) == 0) topics_->tend();
    ASSERT_EQ(seen(), model) << "step " << step << ", " << text(error);

    if (!fault && pick(12) != 0) continue;
    if (pick(2) == 0) {
      kill_and_start();
    } else {
      lose_power_and_start(pick(1000));
    }
    ASSERT_NE(topics_, nullptr);
    // Nobody could say whether it had been recorded.
    if (error.code == ErrorCode::kafka_storage_error && seen() == after) model = after;
    ASSERT_EQ(seen(), model) << "after the start in step " << step << ", " << text(error);
  }
  EXPECT_GT(changed, 100);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TopicsPropertyTest, ::testing::Range(1u, 1 + samples(20u)));

}  // namespace
}  // namespace weir::embedded::broker::topics
