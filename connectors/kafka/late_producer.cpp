#include "connectors/kafka/late_producer.hpp"

#include <boost/asio/post.hpp>

#include <mutex>

namespace weir::connectors::kafka {

namespace {

class LateProducer final : public ProducerClient {
 public:
  explicit LateProducer(std::function<std::shared_ptr<ProducerClient>()> make) : make_(std::move(make)) {}

  Result<void> open() override {
    const std::lock_guard lock(mutex_);
    if (real_ != nullptr) return real_->open();
    std::shared_ptr<ProducerClient> made = make_();
    Result<void> opened = made->open();
    if (opened.has_value()) real_ = std::move(made);  // else the next call may know another address
    return opened;
  }
  void produce(const OutRecord& record, const Executor& executor, DeliveryHandler done) override {
    if (const std::shared_ptr<ProducerClient> real = made()) return real->produce(record, executor, std::move(done));
    boost::asio::post(
        executor, [done = std::move(done)] { done(Error(Errc::unavailable, "the Kafka producer is not open yet")); });
  }
  void close(Duration limit) override {
    if (const std::shared_ptr<ProducerClient> real = made()) real->close(limit);
  }

 private:
  std::shared_ptr<ProducerClient> made() {
    const std::lock_guard lock(mutex_);
    return real_;
  }

  const std::function<std::shared_ptr<ProducerClient>()> make_;
  std::mutex mutex_;
  std::shared_ptr<ProducerClient> real_;
};

}  // namespace

std::shared_ptr<ProducerClient> make_late_producer(std::function<std::shared_ptr<ProducerClient>()> make) {
  return std::make_shared<LateProducer>(std::move(make));
}

}  // namespace weir::connectors::kafka
