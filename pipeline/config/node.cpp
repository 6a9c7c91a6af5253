#include "pipeline/config/node.hpp"

namespace weir::config {

std::string Mark::str() const {
  std::string text = file == nullptr ? std::string() : *file;
  if (line == 0) return text;
  if (!text.empty()) text += ':';
  text += std::to_string(line);
  if (column != 0) text += ':' + std::to_string(column);
  return text;
}

struct Node::Data {
  Kind kind = Kind::null;
  bool quoted = false;
  bool substituted = false;
  std::string text;
  std::string written;  // before a substitution
  std::vector<Node> items;
  std::vector<Member> members;
};

Node::Node() {
  static const auto kNull = std::make_shared<const Data>();
  data_ = kNull;
}

Node Node::null(Mark mark) {
  return Node().with_mark(std::move(mark));
}

Node Node::scalar(std::string text, bool quoted, Mark mark) {
  auto data = std::make_shared<Data>();
  data->kind = Kind::scalar;
  data->quoted = quoted;
  data->text = std::move(text);
  return Node(std::move(data), std::move(mark));
}

Node Node::sequence(std::vector<Node> items, Mark mark) {
  auto data = std::make_shared<Data>();
  data->kind = Kind::sequence;
  data->items = std::move(items);
  return Node(std::move(data), std::move(mark));
}

Node Node::mapping(std::vector<Member> members, Mark mark) {
  auto data = std::make_shared<Data>();
  data->kind = Kind::mapping;
  data->members = std::move(members);
  return Node(std::move(data), std::move(mark));
}

Node::Kind Node::kind() const {
  return data_->kind;
}
const std::string& Node::text() const {
  return data_->text;
}
bool Node::quoted() const {
  return data_->quoted;
}
bool Node::substituted() const {
  return data_->substituted;
}
const std::string& Node::written() const {
  return data_->written;
}
const std::vector<Node>& Node::items() const {
  return data_->items;
}
const std::vector<Node::Member>& Node::members() const {
  return data_->members;
}

Node Node::with_substitution(std::string text) const {
  auto data = std::make_shared<Data>();
  data->kind = Kind::scalar;
  data->substituted = true;
  data->text = std::move(text);
  data->written = data_->text;
  return Node(std::move(data), mark_);
}

Node Node::with_mark(Mark mark) const {
  return Node(data_, std::move(mark));
}

const Node* Node::find(std::string_view key) const {
  for (const Member& member : data_->members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

}  // namespace weir::config
