#include "connectors/eventstoredb/connection_string.hpp"

#include <array>
#include <charconv>
#include <set>

namespace weir::connectors::eventstoredb {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kForm = "esdb://[user:password@]host[:port][,host[:port]...][?option=value&...]";
constexpr std::string_view kSchemes[] = {"esdb", "kurrentdb", "kurrent", "kdb"};

Error wrong(std::string text) {
  return Error(Errc::invalid_argument, "connection string: " + std::move(text));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out;
  for (char c : text) out.push_back(lower(c));
  return out;
}

// Option names are compared without case, '-' and '_'.
std::string folded(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c != '-' && c != '_') out.push_back(lower(c));
  }
  return out;
}

// A quoted piece of the input, kept short and printable.
std::string shown(std::string_view text) {
  std::string out = "'";
  for (char c : text.substr(0, 60)) out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  return out + (text.size() > 60 ? "...'" : "'");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// Percent-decoded text, or nothing when an escape is not %XX. A NUL could cut the value short later: refused too.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out.push_back(c);
  }
  return out;
}

// Splits at the first `separator`; the second half is empty when there is none.
std::pair<std::string_view, std::string_view> split_once(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<void> parse_scheme(std::string_view scheme, ConnectionSettings& settings) {
  std::string name = lower(scheme);
  constexpr std::string_view kDiscover = "+discover";
  if (name.ends_with(kDiscover)) {
    settings.discover = true;
    name.resize(name.size() - kDiscover.size());
  }
  if (std::find(std::begin(kSchemes), std::end(kSchemes), name) != std::end(kSchemes)) return {};
  return wrong("unknown scheme " + shown(scheme) +
               "; known: esdb, kurrentdb, kurrent, kdb, each with or without +discover");
}

Result<void> parse_credentials(std::string_view text, ConnectionSettings& settings) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return wrong("what stands before '@' must be user:password");
  const std::optional<std::string> user = percent_decoded(text.substr(0, colon));
  const std::optional<std::string> password = percent_decoded(text.substr(colon + 1));
  if (!user.has_value()) return wrong("the user holds an invalid percent-escape; write a '%' as %25");
  if (!password.has_value()) return wrong("the password holds an invalid percent-escape; write a '%' as %25");
  if (user->empty()) return wrong("the user before '@' is empty");
  if (user->find(':') != std::string::npos) return wrong("a user cannot contain ':'");
  settings.credentials = Credentials{*user, *password};
  return {};
}

Result<HostPort> parse_host(std::string_view text) {
  HostPort result;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return wrong("the IPv6 address " + shown(text) + " has no closing ']'");
    result.host = text.substr(1, close - 1);
    const bool is_ipv6 = result.host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos &&
                         result.host.find(':') != std::string::npos;
    if (!is_ipv6) return wrong(shown(text) + " is not an IPv6 address");
    const std::string_view rest = text.substr(close + 1);
    has_port = !rest.empty();
    if (has_port && rest[0] != ':') return wrong("after the IPv6 address in " + shown(text) + " only :port may follow");
    if (has_port) port = rest.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    result.host = text.substr(0, colon);
    if (has_port) port = text.substr(colon + 1);
    if (port.find(':') != std::string_view::npos) {
      return wrong("the host " + shown(text) + " has more than one ':'; write an IPv6 address in brackets: [::1]:2113");
    }
    for (char c : result.host) {
      const bool plain =
          (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
      if (!plain) return wrong("the host " + shown(text) + " holds a character that no host name has");
    }
  }
  if (result.host.empty()) return wrong("a host is empty; expected " + std::string(kForm));
  if (has_port) {
    unsigned value = 0;
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (failed != std::errc{} || end != port.data() + port.size() || value == 0 || value > 65535) {
      return wrong("the port in " + shown(text) + " is not a number from 1 to 65535");
    }
    result.port = static_cast<std::uint16_t>(value);
  }
  return result;
}

Result<void> parse_authority(std::string_view authority, bool at_sign_follows, ConnectionSettings& settings) {
  const std::size_t at = authority.rfind('@');
  // What looks like a host may be the first half of a password with a bare '/' or '?': nothing of it is shown.
  if (at == std::string_view::npos && at_sign_follows && authority.find(':') != std::string_view::npos &&
      parse_host(split_once(authority, ',').first).has_error()) {
    return wrong("in user and password, '/', '?', '#' and '@' must be percent-encoded (%2F, %3F, %23, %40)");
  }
  if (at != std::string_view::npos) {
    Result<void> parsed = parse_credentials(authority.substr(0, at), settings);
    if (parsed.has_error()) return parsed;
    authority.remove_prefix(at + 1);
  }
  if (authority.empty()) return wrong("no host; expected " + std::string(kForm));
  while (true) {
    const std::size_t comma = authority.find(',');
    Result<HostPort> host = parse_host(authority.substr(0, comma));
    if (host.has_error()) return host.error();
    settings.hosts.push_back(std::move(*host));
    if (comma == std::string_view::npos) return {};
    authority.remove_prefix(comma + 1);
  }
}

// One option: reads its value into the settings; false = not a legal value.
struct Option {
  std::string_view name;
  std::string_view expected;
  bool (*set)(ConnectionSettings&, const std::string& value);
};

bool read_bool(const std::string& text, bool& out) {
  const std::string value = lower(text);
  if (value != "true" && value != "false") return false;
  out = value == "true";
  return true;
}
bool read_number(const std::string& text, std::int64_t least, std::int64_t& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && end == text.data() + text.size() && out >= least && out <= 1'000'000'000'000;
}
bool read_milliseconds(const std::string& text, std::int64_t least, Duration& out) {
  std::int64_t value = 0;
  if (!read_number(text, least, value) || value > 1'000'000'000) return false;
  out = std::chrono::milliseconds(value);
  return true;
}
bool read_keep_alive(const std::string& text, std::optional<Duration>& out) {
  if (text == "-1") {
    out.reset();
    return true;
  }
  Duration value{};
  if (!read_milliseconds(text, 0, value)) return false;
  out = value;
  return true;
}
bool read_text(const std::string& text, std::string& out) {
  out = text;
  return !text.empty();
}
bool read_gossip_timeout(const std::string& text, Duration& out) {
  std::int64_t value = 0;
  if (!read_number(text, 1, value) || value > 1'000'000'000) return false;
  // The official clients disagree on the unit: nobody means 100 s or 99 ms.
  out = value < 100 ? Duration(std::chrono::seconds(value)) : Duration(std::chrono::milliseconds(value));
  return true;
}
bool read_preference(const std::string& text, NodePreference& out) {
  const std::string value = folded(text);
  if (value == "leader")
    out = NodePreference::leader;
  else if (value == "follower")
    out = NodePreference::follower;
  else if (value == "random")
    out = NodePreference::random;
  else if (value == "readonlyreplica")
    out = NodePreference::read_only_replica;
  else
    return false;
  return true;
}
bool read_attempts(const std::string& text, std::uint32_t& out) {
  std::int64_t value = 0;
  if (!read_number(text, 1, value) || value > 1'000'000) return false;
  out = static_cast<std::uint32_t>(value);
  return true;
}

using Settings = ConnectionSettings;
using Text = const std::string&;
constexpr std::string_view kBool = "true or false";
constexpr std::string_view kMilliseconds = "a number of milliseconds";
constexpr std::string_view kPath = "a path";
constexpr std::array kOptions = {
    Option{"tls", kBool,
           [](Settings& s, Text v) {
             return read_bool(v, s.tls);
           }},
    Option{"tlsVerifyCert", kBool,
           [](Settings& s, Text v) {
             return read_bool(v, s.tls_verify_cert);
           }},
    Option{"tlsCAFile", kPath,
           [](Settings& s, Text v) {
             return read_text(v, s.tls_ca_file);
           }},
    Option{"userCertFile", kPath,
           [](Settings& s, Text v) {
             return read_text(v, s.user_cert_file);
           }},
    Option{"userKeyFile", kPath,
           [](Settings& s, Text v) {
             return read_text(v, s.user_key_file);
           }},
    Option{"connectionName", "a name",
           [](Settings& s, Text v) {
             return read_text(v, s.connection_name);
           }},
    Option{"maxDiscoverAttempts", "a number from 1",
           [](Settings& s, Text v) {
             return read_attempts(v, s.max_discover_attempts);
           }},
    Option{"discoveryInterval", kMilliseconds,
           [](Settings& s, Text v) {
             return read_milliseconds(v, 0, s.discovery_interval);
           }},
    Option{"gossipTimeout", "seconds (below 100) or milliseconds",
           [](Settings& s, Text v) {
             return read_gossip_timeout(v, s.gossip_timeout);
           }},
    Option{"nodePreference", "leader, follower, random or readOnlyReplica",
           [](Settings& s, Text v) {
             return read_preference(v, s.node_preference);
           }},
    Option{"throwOnAppendFailure", kBool,
           [](Settings& s, Text v) {
             return read_bool(v, s.throw_on_append_failure);
           }},
    Option{"defaultDeadline", kMilliseconds,
           [](Settings& s, Text v) {
             return read_milliseconds(v, 1, s.default_deadline);
           }},
    Option{"keepAliveInterval", "milliseconds or -1",
           [](Settings& s, Text v) {
             return read_keep_alive(v, s.keep_alive_interval);
           }},
    Option{"keepAliveTimeout", "milliseconds or -1",
           [](Settings& s, Text v) {
             return read_keep_alive(v, s.keep_alive_timeout);
           }},
};

const Option* find_option(const std::string& folded_name) {
  for (const Option& option : kOptions) {
    if (folded(option.name) == folded_name) return &option;
  }
  return nullptr;
}

Result<void> parse_options(std::string_view query, ParsedConnectionString& parsed) {
  std::set<std::string> seen;
  while (!query.empty()) {
    const auto [pair, rest] = split_once(query, '&');
    query = rest;
    if (pair.empty()) continue;
    const auto [name, raw_value] = split_once(pair, '=');
    if (name.size() == pair.size()) return wrong("option " + shown(name) + " has no value; expected option=value");
    const std::optional<std::string> value = percent_decoded(raw_value);
    if (!value.has_value())
      return wrong("option " + shown(name) + " holds an invalid percent-escape; write a '%' as %25");
    const std::string key = folded(name);
    if (!seen.insert(key).second) return wrong("option " + shown(name) + " is given twice");
    const Option* option = find_option(key);
    if (option == nullptr) {
      parsed.warnings.push_back("connection string: option " + shown(name) + " is not known and ignored");
    } else if (!option->set(parsed.settings, *value)) {
      return wrong("option " + std::string(option->name) + " must be " + std::string(option->expected) + ", not " +
                   shown(*value));
    }
  }
  const ConnectionSettings& settings = parsed.settings;
  if (settings.user_cert_file.empty() != settings.user_key_file.empty()) {
    return wrong("userCertFile and userKeyFile must be given both, or neither");
  }
  return {};
}

}  // namespace

std::string HostPort::str() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string ConnectionSettings::display() const {
  std::string text = discover ? "esdb+discover://" : "esdb://";
  for (std::size_t i = 0; i < hosts.size(); ++i) text += (i == 0 ? "" : ",") + hosts[i].str();
  return text + (tls ? "" : "?tls=false");
}

Result<ParsedConnectionString> parse_connection_string(std::string_view text) {
  constexpr std::size_t kLongest = 64 * 1024;
  if (text.size() > kLongest) return wrong("longer than 64 KiB");
  ParsedConnectionString parsed;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return wrong("no scheme; expected " + std::string(kForm));
  Result<void> step = parse_scheme(text.substr(0, scheme_end), parsed.settings);
  if (step.has_error()) return step.error();

  std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t authority_end = rest.find_first_of("/?#");
  const std::string_view authority = rest.substr(0, authority_end);
  rest = authority_end == std::string_view::npos ? std::string_view{} : rest.substr(authority_end);
  step = parse_authority(authority, rest.find('@') != std::string_view::npos, parsed.settings);
  if (step.has_error()) return step.error();

  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.empty()) return parsed;
  if (rest[0] != '?') return wrong("after the hosts only '/' and '?option=value&...' may follow");
  step = parse_options(rest.substr(1), parsed);
  if (step.has_error()) return step.error();
  return parsed;
}

std::string masked_connection_string(std::string_view text) {
  const auto [before, query] = split_once(text, '?');
  const std::size_t scheme_end = before.find("://");
  if (scheme_end == std::string_view::npos) return "***";
  const std::size_t hosts = scheme_end + 3;
  const std::size_t at = before.rfind('@');
  std::string out(before.substr(0, hosts));
  out += at == std::string_view::npos ? std::string(before.substr(hosts)) : "***:***" + std::string(before.substr(at));
  char separator = '?';
  for (std::string_view rest = query; !rest.empty();) {
    const auto [pair, behind] = split_once(rest, '&');
    rest = behind;
    const std::string_view name = split_once(pair, '=').first;
    const bool is_known = find_option(folded(name)) != nullptr;
    out.append(1, separator).append(is_known ? std::string(pair) : std::string(name) + "=***");
    separator = '&';
  }
  return out;
}

}  // namespace weir::connectors::eventstoredb
