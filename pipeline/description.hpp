// Description: what a component says about itself, before it is made.
#pragma once

#include "pipeline/base/clock.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

// Something outside the pipeline that a component works with: a connection, a topic or stream that lies at one, or a
// file.
struct Use {
  enum class What { connection, topic, stream, file };
  enum class How { reads, writes };

  What what = What::connection;
  How how = How::reads;
  std::string name;       // as the config has it
  std::string kind;       // of a connection: which one it must be ("kafka")
  std::string option;     // of a connection: the option that names it; findings about it stand there
  std::string lies_at;    // of a topic or stream: the name of its connection
  bool is_exact = false;  // of a topic or stream: `name` is the one it is, neither an expression nor a template
  // Of what is read by an expression: whether it takes that name, and a name that it takes (empty: none is known).
  std::function<bool(const std::string& name)> takes = {};
  std::string example = {};

  static Use connection(std::string name, std::string kind, How how, std::string option = "connection") {
    return {What::connection, how, std::move(name), std::move(kind), std::move(option), {}, false};
  }
  static Use topic(std::string name, std::string connection, How how, bool is_exact) {
    return {What::topic, how, std::move(name), {}, {}, std::move(connection), is_exact};
  }
  // A path without "." and "..", so that two that are the same look the same.
  static Use file(std::string path) { return {What::file, How::writes, std::move(path), {}, {}, {}, true}; }
  static Use stream(std::string name, std::string connection, How how, bool is_exact) {
    return {What::stream, how, std::move(name), {}, {}, std::move(connection), is_exact};
  }
};

// What a sink promises about an event that is delivered to it once more (I3).
struct Guarantee {
  enum class Level {
    nothing,        // nothing is kept
    at_least_once,  // it may be stored again
    exactly_once,   // it is stored once in effect
  };
  Level level = Level::at_least_once;
  std::string text = "at least once";  // the same for people, with its limits, briefly
};

// One way out of a stage that routes.
struct Branch {
  std::string pattern;  // which messages take it, for people: "Audit*", "everything else"
  std::string sink;     // empty: they are dropped, and counted
};

// What a component says to one question of `weir explain`: a sentence for people, about this very configuration.
struct Statement {
  enum class About {
    order,         // in what order do events arrive?
    redelivery,    // what does it do to one that is delivered again?
    copies,        // and to one that the producer has sent twice?
    stuck,         // what waits when one cannot go on?
    bad_event,     // what becomes of one that is wrong in itself?
    unknown_type,  // of one that nothing was said about?
    tombstone,     // of a record without a value?
    memory,        // what does it hold, besides what is in flight?
    commit,        // when does the source count as read up to a place, and where does a new reader begin?
  };
  About about = About::order;
  std::string text;
};

// Whom a connection talks to.
struct Peer {
  bool is_embedded = false;  // a server inside this process
  std::string server;        // what it is, in words: "broker"
  std::string place;         // where it is, in words, without secrets: "brokers of its own (kafka-1:9092)"
  std::vector<std::string> addresses = {};  // of a server elsewhere: two that share one are the same
};

// What is not said keeps its default; a stage that only looks at messages has nothing to say.
struct Description {
  std::vector<Use> uses;
  Guarantee guarantee;                 // of a sink
  bool routes = false;                 // a stage: chooses the sink of messages
  std::vector<std::string> routes_to;  // the sinks that it chooses from, each once; dropping is none
  std::vector<Branch> branches;        // the same with what leads there, in the order of the file
  bool decodes = false;                // a stage: fills in the fields of the event (event_type, aggregate_id, …)
  Duration remembers{};                // a stage: how long it knows again what it has seen; zero: it does not
  std::vector<std::string> parts;      // a stage or sink: parts of a message that it is of no use without
  std::string group;                   // a source: whose members share what it reads
  bool keeps_data = false;             // keeps something in the data directory, for one process alone
  bool stores_raw = false;  // a sink: keeps payload, key and headers byte for byte, so it can take dead letters
  Peer peer;                // of a connection
  std::vector<Statement> statements;

  Description& says(Statement::About about, std::string text) {
    statements.push_back({about, std::move(text)});
    return *this;
  }
};

// The description of the connection of that name; nullptr when there is none that could be read.
using FindDescription = std::function<const Description*(const std::string& connection)>;

}  // namespace weir
