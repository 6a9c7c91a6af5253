// The words of `weir groups`.
#include "cli/arguments/arguments_parts.hpp"

#include <memory>

namespace weir::cli {

namespace {

void add_groups_ls(CLI::App& groups, Command& command) {
  const auto options = std::make_shared<GroupsListOptions>();
  CLI::App* ls = add_verb(groups, "ls", "List groups", "groups ls");
  ls->add_flag("--json", options->json, "One JSON object per line");
  add_access(*ls, options->access);
  ls->final_callback([options, &command] { command = *options; });
}

void add_groups_describe(CLI::App& groups, Command& command) {
  const auto options = std::make_shared<GroupsDescribeOptions>();
  CLI::App* describe = add_verb(groups, "describe", "Show a group's members, offsets and lag", "groups describe");
  describe->add_option("NAME", options->group, "The group")->required()->type_name("");
  describe->add_flag("--json", options->json, "As one JSON object");
  add_access(*describe, options->access);
  describe->final_callback([options, &command] { command = *options; });
}

void add_groups_reset(CLI::App& groups, Command& command) {
  const auto options = std::make_shared<GroupsResetOptions>();
  CLI::App* reset = add_verb(groups, "reset", "Put a group's offsets elsewhere", "groups reset");
  reset->add_option("NAME", options->group, "The group")->required()->type_name("");
  reset
      ->add_option_function<std::string>(
          "--to", [options](const std::string& text) { options->to = *parse_reset_target(text); },
          "start, end, an offset, a time (2026-11-21T15:00Z), or -N or +N from where it stands")
      ->required()
      ->type_name("PLACE")
      ->check(notation([](const std::string& text) { return parse_reset_target(text).has_value(); },
                       "a place: start, end, an offset such as 120, a time such as 2026-11-21T15:00Z, -5 or +5"));
  const auto take_topics = [options](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) options->topics.push_back(*parse_topic_choice(text));
  };
  add_repeated<std::string>(*reset, "-t,--topic", take_topics,
                            "In this topic, or only in some of its partitions; may be repeated")
      ->required()
      ->type_name("TOPIC[:P,...]")
      ->check(notation([](const std::string& text) { return parse_topic_choice(text).has_value(); },
                       "TOPIC or TOPIC:PARTITION[,PARTITION...]; write for example orders or orders:0,2"));
  reset->add_flag("--create", options->create, "The group may be new: so its first member begins there");
  reset->add_flag("--json", options->json, "One JSON object per partition: topic, partition, from, to");
  reset->add_flag("--dry-run", options->dry_run, "Show what would change, and change nothing");
  reset->add_flag("-y,--yes", options->yes, "Do not ask");
  add_access(*reset, options->access);
  reset->final_callback([options, &command] { command = *options; });
}

}  // namespace

void add_groups(CLI::App& app, Command& command) {
  CLI::App* groups = add_verb(app, "groups", "Look into consumer groups, and put them elsewhere", "groups");
  groups->require_subcommand(1);
  add_groups_ls(*groups, command);
  add_groups_describe(*groups, command);
  add_groups_reset(*groups, command);
}

}  // namespace weir::cli
