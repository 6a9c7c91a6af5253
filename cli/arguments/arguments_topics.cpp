// The words of `weir topics`.
#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"

#include <memory>

namespace weir::cli {

namespace {

constexpr int kMostOfTopic = 100'000;

void add_topics_ls(CLI::App& topics, Command& command) {
  const auto options = std::make_shared<TopicsListOptions>();
  CLI::App* ls = add_verb(topics, "ls", "List topics", "topics ls");
  ls->add_option("--prefix", options->prefix, "Only topics whose name begins so")->type_name("TEXT");
  ls->add_flag("-a,--all", options->all, "The cluster's own topics, too");
  ls->add_flag("-v,--verbose", options->verbose, "With the number of records: asks for the ends of every partition");
  ls->add_flag("--json", options->json, "One JSON object per line");
  add_access(*ls, options->access);
  ls->final_callback([options, &command] { command = *options; });
}

void add_topics_create(CLI::App& topics, Command& command) {
  const auto options = std::make_shared<TopicsCreateOptions>();
  CLI::App* create = add_verb(topics, "create", "Create topics", "topics create");
  create->add_option("NAME", options->topics, "The topics")
      ->required()
      ->type_name("")
      ->option_text("...")
      ->check(topic_name());
  create->add_option("-p,--partitions", options->partitions, "Partitions of each; default: the broker's")
      ->type_name("N")
      ->check(whole_number(1, kMostOfTopic));
  create->add_option("-r,--replication", options->replication, "Copies of each; default: the broker's")
      ->type_name("N")
      ->check(whole_number(1, 1000));
  add_pairs(*create, "-c,--config", options->settings, "A setting of the topics: retention.ms=60000; may be repeated");
  create->add_flag("--if-not-exists", options->if_not_exists, "A topic that exists already is no error");
  add_access(*create, options->access);
  create->final_callback([options, &command] { command = *options; });
}

void add_topics_describe(CLI::App& topics, Command& command) {
  const auto options = std::make_shared<TopicsDescribeOptions>();
  CLI::App* describe = add_verb(topics, "describe", "Show a topic's partitions and settings", "topics describe");
  describe->add_option("NAME", options->topic, "The topic")->required()->type_name("")->check(topic_name());
  describe->add_flag("--all-configs", options->all_settings, "All settings, not only those made for this topic");
  describe->add_flag("--json", options->json, "As one JSON object");
  add_access(*describe, options->access);
  describe->final_callback([options, &command] { command = *options; });
}

void add_topics_rm(CLI::App& topics, Command& command) {
  const auto options = std::make_shared<TopicsRemoveOptions>();
  CLI::App* rm = add_verb(topics, "rm", "Remove topics and all their records", "topics rm");
  rm->add_option("NAME", options->topics, "The topics")
      ->required()
      ->type_name("")
      ->option_text("...")
      ->check(topic_name());
  rm->add_flag("-y,--yes", options->yes, "Do not ask");
  add_access(*rm, options->access);
  rm->final_callback([options, &command] { command = *options; });
}

CLI::Option* add_partition(CLI::App& verb, std::optional<Partition>& place, const std::string& what) {
  return verb
      .add_option_function<Partition>(
          "-p,--partition", [&place](const Partition& number) { place = number; }, what)
      ->type_name("P")
      ->check(whole_number(0, kMostOfTopic));
}

CLI::Option* add_key(CLI::App& verb, std::optional<std::string>& place, const std::string& what) {
  return verb.add_option_function<std::string>(
                 "-k,--key", [&place](const std::string& text) { place = text; }, what)
      ->type_name("KEY");
}

void add_topics_tail(CLI::App& topics, Command& command) {
  const auto options = std::make_shared<TopicsTailOptions>();
  CLI::App* tail = add_verb(topics, "tail", "Show the newest records of a topic", "topics tail");
  tail->add_option("NAME", options->topic, "The topic")->required()->type_name("")->check(topic_name());
  tail->add_option_function<std::uint64_t>(
          "-n,--count", [options](const std::uint64_t& count) { options->count = count; },
          "So many records, default 10; with --offset: at most so many, default all")
      ->type_name("N")
      ->check(whole_number(0, 1'000'000'000'000'000));
  tail->add_flag("-f,--follow", options->follow, "Go on with what is written from now on, until Ctrl-C");
  tail->add_option_function<std::string>(
          "-o,--offset", [options](const std::string& text) { options->from = parse_tail_start(text); },
          "Begin in each partition at start, end, an offset, or -N: N before its end")
      ->type_name("PLACE")
      ->check(notation([](const std::string& text) { return parse_tail_start(text).has_value(); },
                       "a place: start, end, an offset such as 120, or -5 for 5 before the end"));
  add_partition(*tail, options->partition, "Only this partition");
  add_key(*tail, options->key, "Only records with this key; may have to read a lot");
  tail->add_flag("--json", options->json, "One JSON object per line");
  add_access(*tail, options->access);
  tail->final_callback([options, &command] { command = *options; });
}

void add_topics_produce(CLI::App& topics, Command& command) {
  const auto options = std::make_shared<TopicsProduceOptions>();
  CLI::App* produce = add_verb(topics, "produce", "Write a record per line", "topics produce");
  produce->add_option("NAME", options->topic, "The topic")->required()->type_name("")->check(topic_name());
  produce->add_option("FILE", options->file, "Where the lines come from; default -: standard input")->type_name("");
  CLI::Option* key = add_key(*produce, options->key, "The key of every record");
  CLI::Option* separator =
      produce->add_option("-K,--key-separator", options->key_separator, "A line is KEY, this text, VALUE")
          ->type_name("TEXT")
          ->check(notation([](const std::string& text) { return !text.empty(); }, "a separator; write for example :"));
  add_pairs(*produce, "-H,--header", options->headers, "A header of every record; may be repeated");
  add_partition(*produce, options->partition, "Write to this partition; default: by key");
  CLI::Option* json =
      produce->add_flag("--json", options->json, "A line is a JSON object with key, value, headers, partition");
  json->excludes(separator);
  produce->add_flag("--replay", options->replay, "Lines are dead letters: write the records that they were")
      ->needs(json);
  separator->excludes(key);
  add_access(*produce, options->access);
  produce->final_callback([options, &command] { command = *options; });
}

}  // namespace

void add_topics(CLI::App& app, Command& command) {
  CLI::App* topics = add_verb(app, "topics", "Look into a Kafka cluster's topics, and change them", "topics");
  topics->require_subcommand(1);
  add_topics_ls(*topics, command);
  add_topics_create(*topics, command);
  add_topics_describe(*topics, command);
  add_topics_tail(*topics, command);
  add_topics_produce(*topics, command);
  add_topics_rm(*topics, command);
}

}  // namespace weir::cli
