// ServerTest: the broker behind a real port, with its data in a directory that goes with the test.
#pragma once

#include "embedded/broker/server.hpp"
#include "tests/embedded/broker/server/wire_client.hpp"
#include "tests/embedded/broker/storage/batch_builder.hpp"

#include <filesystem>
#include <stdlib.h>

namespace weir::embedded::broker {

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "weir-broker-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    options_.port = 0;
    options_.data_dir = directory_ / "data";
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void start() {
    Result<std::unique_ptr<Server>> started = Server::start(options_);
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
  }
  WireClient client() const { return WireClient(server_->port()); }

  static wire::ProduceRequest produce_request(std::string_view batch, std::string_view topic = "orders") {
    wire::ProduceRequest request;
    request.acks = -1;
    wire::ProduceRequest::Topic to;
    to.name = topic;
    wire::ProduceRequest::Topic::Partition partition;
    partition.records = batch;
    to.partitions.push_back(partition);
    request.topics.push_back(to);
    return request;
  }
  static wire::FetchRequest fetch_request(Offset offset, std::int32_t max_wait_ms = 0,
                                          std::string_view topic = "orders") {
    wire::FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = 1;
    wire::FetchRequest::Topic from;
    from.name = topic;
    wire::FetchRequest::Topic::Partition partition;
    partition.fetch_offset = offset;
    partition.max_bytes = 100 << 20;
    from.partitions.push_back(partition);
    request.topics.push_back(from);
    return request;
  }

  // The offset that the batch got.
  static Offset produce(WireClient& client, std::string_view batch) {
    const auto response = client.call<wire::ProduceResponse>(produce_request(batch), 9);
    if (!response) return -1;
    const auto& answer = response->topics.at(0).partitions.at(0);
    EXPECT_EQ(answer.error_code, wire::ErrorCode::none) << answer.error_message.value_or("");
    return answer.base_offset;
  }
  static std::string batch_of(int records, std::size_t bytes = 10) {
    storage::BatchBuilder builder;
    for (int i = 0; i < records; ++i) builder.record_with_key("key", std::string(bytes, 'v'));
    return builder.build();
  }

  std::filesystem::path directory_;
  Server::Options options_;
  std::unique_ptr<Server> server_;
};

}  // namespace weir::embedded::broker
