// TopicAdmin: what the broker's requests about topics, their settings and producer ids ask.
#pragma once

#include "embedded/broker/request_context.hpp"
#include "embedded/broker/topics/broker_config.hpp"
#include "embedded/broker/topics/topics.hpp"
#include "embedded/broker/wire/messages.hpp"

namespace weir::embedded::broker::topics {

// Requests and responses are those of the wire, field by field. A request that changes many topics costs one sync of
// the disk, for which the call blocks.
//
// Lifetime: shorter than that of the catalogue. Executor: the broker's thread. Cancellation: none.
// Errors: in the responses, with Kafka's codes and a sentence each.
class TopicAdmin {
 public:
  // What one response describes at most: settings are many, and a request names thousands of topics in a few bytes.
  static constexpr std::size_t kMostDescribed = 10'000;
  // CreateTopics repeats the settings of at most so many new topics; behind them the list is empty.
  static constexpr std::size_t kMostDescribedNew = 1'000;

  TopicAdmin(Topics& topics, BrokerConfigView broker) : topics_(topics), broker_(std::move(broker)) {}

  wire::CreateTopicsResponse create_topics(const RequestContext& context, const wire::CreateTopicsRequest& request);
  wire::DeleteTopicsResponse delete_topics(const RequestContext& context, const wire::DeleteTopicsRequest& request);
  wire::CreatePartitionsResponse create_partitions(const RequestContext& context,
                                                   const wire::CreatePartitionsRequest& request);
  wire::DeleteRecordsResponse delete_records(const RequestContext& context, const wire::DeleteRecordsRequest& request);
  wire::DescribeConfigsResponse describe_configs(const RequestContext& context,
                                                 const wire::DescribeConfigsRequest& request);
  wire::AlterConfigsResponse alter_configs(const RequestContext& context, const wire::AlterConfigsRequest& request);
  wire::IncrementalAlterConfigsResponse incremental_alter_configs(const RequestContext& context,
                                                                  const wire::IncrementalAlterConfigsRequest& request);
  wire::InitProducerIdResponse init_producer_id(const RequestContext& context,
                                                const wire::InitProducerIdRequest& request);

 private:
  Topics& topics_;
  const BrokerConfigView broker_;
};

}  // namespace weir::embedded::broker::topics
