// The words of the admin port: the options that `run` and `dev` share, `reload` and `status`.
#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"

#include <memory>

namespace weir::cli {

namespace {

constexpr const char* kExample = "127.0.0.1:7070";

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

// Of a text that host_and_port() has taken; an IPv6 address loses its brackets.
HostAndPort split(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return {std::move(host), static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

CLI::Validator off_or_host_and_port() {
  return CLI::Validator([is_address = host_and_port(kExample)](
                            std::string& text) { return text == "off" ? std::string() : is_address(text); },
                        "");
}

void add_target(CLI::App& verb, AdminTarget& target) {
  verb.add_option_function<std::string>(
          "--admin",
          [&target](const std::string& text) {
            HostAndPort given = split(text);
            target.host = std::move(given.host);
            target.port = given.port;
          },
          "The admin port of the weir that is meant, default 127.0.0.1:7070")
      ->type_name("HOST:PORT")
      ->check(host_and_port(kExample));
  verb.add_option("--token-file", target.token_file, "File with the token that the port wants")->type_name("FILE");
}

}  // namespace

void add_admin_port(CLI::App& verb, AdminPortOptions& options) {
  verb.add_option_function<std::string>(
          "--admin",
          [&options](const std::string& text) {
            options.off = text == "off";
            options.was_chosen = !options.off;
            if (options.off) return;
            HostAndPort given = split(text);
            options.host = std::move(given.host);
            options.port = given.port;
          },
          "Where health, metrics, pause and reload are served over HTTP, default 127.0.0.1:7070, or the next free "
          "port; "
          "off: nowhere")
      ->type_name("HOST:PORT|off")
      ->check(off_or_host_and_port());
  verb.add_option("--admin-token-file", options.token_file,
                  "File with the token that whoever asks there must have; needed where --admin is no loopback address")
      ->type_name("FILE");
  add_repeated<std::string>(
      verb, "--admin-host", [&options](const std::vector<std::string>& names) { options.names = names; },
      "A name by which the admin port is called besides, such as that of a service; may be repeated")
      ->type_name("NAME");
}

void add_reload(CLI::App& app, Command& command) {
  const auto options = std::make_shared<ReloadOptions>();
  CLI::App* reload = add_verb(app, "reload", "Have a running weir read its configuration again", "reload");
  add_target(*reload, options->target);
  reload->add_flag("--json", options->json, "The whole answer as one JSON document");
  reload->final_callback([options, &command] { command = *options; });
}

void add_status(CLI::App& app, Command& command) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* status = add_verb(app, "status", "What the pipelines of a running weir do", "status");
  add_target(*status, options->target);
  status->add_flag("--json", options->json, "As one JSON document");
  status->final_callback([options, &command] { command = *options; });
}

}  // namespace weir::cli
