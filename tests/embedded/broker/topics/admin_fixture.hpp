// AdminFixture: requests to a TopicAdmin over the catalogue of TopicsFixture.
#pragma once

#include "embedded/broker/topics/admin.hpp"
#include "tests/embedded/broker/topics/topics_fixture.hpp"

namespace weir::embedded::broker::topics {

class AdminFixture : public TopicsFixture {
 protected:
  TopicAdmin admin() {
    BrokerConfigView view;
    view.listeners = "PLAINTEXT://127.0.0.1:9092";
    return TopicAdmin(*topics_, view);
  }
  static RequestContext version(std::int16_t number) {
    RequestContext context;
    context.version = number;
    return context;
  }
};

}  // namespace weir::embedded::broker::topics
