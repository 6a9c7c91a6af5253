// NodeKit: a whole broker without threads, ports and a disk. Requests go in as bytes, answers come back as bytes.
#pragma once

#include "embedded/broker/api/dispatch.hpp"
#include "embedded/broker/wire/messages.hpp"
#include "pipeline/testing/fixture.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"

#include <optional>
#include <string>

namespace weir::embedded::broker::api {

class NodeTest : public weir::testing::VirtualTimeTest {
 protected:
  void SetUp() override {
    session_.authenticated = true;
    session_.client_host = "/127.0.0.1";
    session_.advertised_host = "127.0.0.1";
    session_.advertised_port = 9092;
    start();
  }

  void start(storage::Fsync fsync = storage::Fsync::always, bool clean = true, std::int32_t epoch = 0) {
    topics::Topics::Options topic_options;
    topic_options.data_dir = "/data";
    topic_options.fsync = fsync;
    topic_options.clean = clean;
    topic_options.leader_epoch = epoch;
    Result<std::unique_ptr<topics::Topics>> topics = topics::Topics::open(files_, flusher_, clock(), topic_options);
    ASSERT_TRUE(topics) << topics.error().message();
    topics_ = std::move(*topics);
    groups::GroupCoordinator::Options group_options;
    group_options.data_dir = "/data";
    group_options.fsync = fsync;
    group_options.partition_exists = [this](std::string_view topic, std::int32_t partition) {
      return topics_->find_partition(topic, partition) != nullptr;
    };
    auto groups = groups::GroupCoordinator::open(files_, flusher_, timers_, std::move(group_options));
    ASSERT_TRUE(groups) << groups.error().message();
    groups_ = std::move(*groups);
    admin_ = std::make_unique<topics::TopicAdmin>(*topics_, topics::BrokerConfigView());
    node_ = std::make_unique<Node>(*topics_, *admin_, *groups_, timers_);
    node_->cluster_id = "0123456789abcdefghijkl";
  }

  // One request on its way. The answer is there when it was given.
  template <class Response>
  struct Sent {
    std::shared_ptr<std::optional<Response>> place = std::make_shared<std::optional<Response>>();
    bool accepted = false;
    bool answered() const { return place->has_value(); }
    const Response& operator*() const { return place->value(); }
    const Response* operator->() const { return &place->value(); }
  };

  static std::string encode_header(std::int16_t key, std::int16_t version, bool flexible) {
    wire::Writer out;
    out.i16(key);
    out.i16(version);
    out.i32(7);
    out.nullable_string(false, "test");
    if (flexible) out.unsigned_varint(0);
    return std::move(out).take();
  }

  static const wire::Api& api_of(wire::ApiKey key) {
    for (const wire::Api& api : wire::kApis) {
      if (api.key == key) return api;
    }
    throw std::logic_error("no such API");
  }

  // Sends the request in the version and reads the answer, when it comes, from its bytes.
  template <class Response, class Request>
  Sent<Response> send(const Request& request, std::int16_t version) {
    const wire::Api& api = api_of(Request::kKey);
    const bool flexible = version >= api.flexible;
    wire::Writer out;
    write(out, version, request);
    const std::string frame =
        encode_header(static_cast<std::int16_t>(api.key), version, flexible) + std::move(out).take();
    Sent<Response> sent;
    sent.accepted = send_bytes(frame, [place = sent.place, version, flexible](std::string_view answer) {
      wire::Reader in(answer.substr(4));
      EXPECT_EQ(in.i32(), 7);
      if (flexible && Request::kKey != wire::ApiKey::api_versions) in.skip_tags();
      read(in, version, place->emplace());
      EXPECT_TRUE(in.ok());
      EXPECT_TRUE(in.rest().empty());
    });
    return sent;
  }

  bool send_bytes(std::string_view frame, std::function<void(std::string_view)> answered) {
    const std::shared_ptr<net::ResponseSlot> slot = queue_.open();
    waiting_.push_back(std::move(answered));
    const bool accepted = dispatch(*node_, session_, frame, slot);
    if (!accepted && !slot->settled()) {
      waiting_.pop_back();
      slot->hang_up();
    }
    collect();
    return accepted;
  }

  // Hands over the answers that are due.
  void collect() {
    std::vector<wire::Frame> frames;
    hung_up_ = queue_.take_ready(frames) || hung_up_;
    for (const wire::Frame& frame : frames) {
      const std::function<void(std::string_view)> answered = std::move(waiting_.front());
      waiting_.pop_front();
      if (answered) answered(flatten(frame));
    }
  }

  // Rounds of the disk until nobody waits for it.
  void flush() {
    flusher_.run_until_idle();
    collect();
  }
  void pass(Duration time) {
    advance(time);
    timers_.run_due();
    collect();
  }

  static std::string flatten(const wire::Frame& frame) {
    std::string bytes;
    for (const wire::Frame::Chunk& chunk : frame.chunks) {
      bytes += chunk.bytes;
      for (const wire::FileSlice& slice : chunk.slices) {
        std::string part(slice.size, '\0');
        const Result<void> read = slice.file->read_at(slice.position, part);
        EXPECT_TRUE(read);
        bytes += part;
      }
    }
    return bytes;
  }

  storage::FaultFileSystem files_;
  storage::ManualFlusher flusher_;
  Timers timers_{clock()};
  std::unique_ptr<topics::Topics> topics_;
  std::unique_ptr<groups::GroupCoordinator> groups_;
  std::unique_ptr<topics::TopicAdmin> admin_;
  std::unique_ptr<Node> node_;
  Session session_;
  std::uint64_t owned_ = 0;
  net::ResponseQueue queue_{[] {}, owned_};
  std::deque<std::function<void(std::string_view)>> waiting_;
  bool hung_up_ = false;
};

}  // namespace weir::embedded::broker::api
