// Builds Nodes out of the events of a YAML parser: the rules of weir's YAML, free of any parser library.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/node.hpp"
#include "pipeline/config/yaml.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::config {

// An event returns false after an error behind which nothing can be understood; the builder is then of no further use.
// What is given twice is reported, and the first one counts.
//
// Lifetime: for one document; `out` and `limits` outlive it. Executor, Cancellation: none. Errors: to `out`.
class NodeBuilder {
 public:
  NodeBuilder(Diagnostics& out, const YamlLimits& limits) : out_(out), limits_(limits) {}

  bool begin(Node::Kind kind, const std::string& anchor, const Mark& mark);  // sequence or mapping
  bool end();
  bool scalar(std::string text, bool plain, bool is_text, const std::string& anchor, const Mark& mark);
  bool alias(const std::string& name, const Mark& mark);

  // The finished document; nothing when there was none.
  std::optional<Node> take() { return std::move(root_); }

 private:
  struct Key {
    std::string text;
    Mark mark;
    bool merge = false;
    bool missing = false;
    bool repeated = false;
  };
  struct Merge {
    std::size_t position;  // among the members
    Node node;
  };
  struct Frame {
    Node::Kind kind;
    Mark mark;
    std::string anchor;
    std::size_t nodes_before;
    std::vector<Node> items = {};
    std::vector<Node::Member> members = {};
    std::optional<Key> key = {};  // waits for its value
    std::unordered_map<std::string, Mark> seen = {};
    std::vector<Merge> merges = {};
    std::optional<Mark> merge_mark = {};
  };
  struct Anchor {
    Node node;
    std::size_t nodes;  // how many values it stands for
  };

  bool awaits_key() const {
    return !frames_.empty() && frames_.back().kind == Node::Kind::mapping && !frames_.back().key.has_value();
  }
  bool charge(std::size_t nodes, const Mark& mark);
  bool key(std::string text, bool plain, const Mark& mark);
  bool value(Node node, const Mark& mark);
  bool merge(Frame& frame, const Node& node, const Mark& mark);
  static std::vector<Node::Member> merged_members(Frame& frame);
  bool fail(FindingCode code, const Mark& mark, std::string message, std::string hint = {});

  Diagnostics& out_;
  const YamlLimits& limits_;
  std::vector<Frame> frames_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  std::size_t nodes_ = 0;
  std::optional<Node> root_;
};

}  // namespace weir::config
