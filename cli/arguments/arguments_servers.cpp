// The words of `weir store` and `weir broker`.
#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"
#include "pipeline/config/scalars.hpp"

#include <map>
#include <memory>

namespace weir::cli {

void add_store(CLI::App& app, Command& command) {
  const auto options = std::make_shared<StoreOptions>();
  CLI::App* store = add_verb(app, "store", "Run the embedded event store alone", "store");
  store->add_option("--listen", options->listen, "Address to serve, default 127.0.0.1:2113; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->check(host_and_port("127.0.0.1:2113"));
  store->add_option("--data-dir", options->data_dir, "Where the events live")->type_name("DIR");
  add_log_format(*store, options->log_format);
  store->final_callback([options, &command] { command = *options; });
}

void add_broker(CLI::App& app, Command& command) {
  const auto options = std::make_shared<BrokerOptions>();
  CLI::App* broker = add_verb(app, "broker", "Run the embedded Kafka broker alone", "broker");
  broker->add_option("--listen", options->listen, "Address to serve, default 127.0.0.1:9092; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->check(host_and_port("127.0.0.1:9092"));
  broker
      ->add_option("--advertised", options->advertised,
                   "What clients are told to dial; default: the address at which they came")
      ->type_name("HOST[:PORT]")
      ->check(host_and_maybe_port());
  broker->add_option("--data-dir", options->data_dir, "Where the records live")->type_name("DIR");
  broker->add_option("--topics", options->topics, "Topics to make when they are not there")
      ->delimiter(',')
      ->type_name("A,B,C")
      ->check(topic_name());
  broker->add_option("--partitions", options->partitions, "Partitions of new topics, default 1")
      ->type_name("N")
      ->check(partition_count());
  broker->add_flag_callback(
      "--no-auto-create", [options] { options->auto_create = false; }, "No topic comes into being by being used");
  broker
      ->add_option_function<std::string>(
          "--fsync",
          [options](const std::string& text) {
            static const std::map<std::string, FsyncChoice> kChoices = {
                {"always", FsyncChoice::always}, {"interval", FsyncChoice::interval}, {"never", FsyncChoice::never}};
            options->fsync = kChoices.at(text);
          },
          "always: an answer comes after the disk has it (default); interval, never: before")
      ->type_name("WHEN")
      ->check(one_of({"always", "interval", "never"}));
  broker
      ->add_option_function<std::string>(
          "--fsync-interval",
          [options](const std::string& text) { options->fsync_interval = config::parse_duration(text).value(); },
          "How often with --fsync interval, default 1s")
      ->type_name("DURATION")
      ->check(duration_from(std::chrono::milliseconds(1), "is too short; at least 1ms"));
  broker
      ->add_option_function<std::string>(
          "--group-initial-rebalance-delay",
          [options](const std::string& text) {
            options->initial_rebalance_delay = config::parse_duration(text).value();
          },
          "How long a new group waits for more members before it shares out, default 0s (Kafka: 3s)")
      ->type_name("DURATION")
      ->check(duration_from(Duration::zero(), "is negative"));
  broker->add_option("--users", options->users_file, "File of NAME:PASSWORD lines: clients must be one of them")
      ->type_name("FILE");
  broker->add_option("--user", options->users, "One more; others on this machine can see it: prefer --users")
      ->type_name("NAME:PASSWORD")
      ->allow_extra_args(false);
  broker->add_option("--tls-cert", options->tls_certificate, "Certificate chain (PEM): every connection speaks TLS")
      ->type_name("FILE");
  broker->add_option("--tls-key", options->tls_key, "Its private key (PEM)")->type_name("FILE");
  broker->add_flag("--repair", options->repair,
                   "Cut damaged files where the damage begins; what came after it is lost");
  add_log_format(*broker, options->log_format);
  broker->final_callback([options, &command] { command = *options; });
}

}  // namespace weir::cli
