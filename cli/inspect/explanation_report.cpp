// How an explanation is shown: prose for people, one JSON document for scripts.
#include "cli/inspect/explanation.hpp"
#include "cli/inspect/paragraphs.hpp"
#include "cli/terminal/text.hpp"
#include "pipeline/text/json_writer.hpp"

namespace weir::cli {

namespace {

constexpr std::size_t kQuestionWidth = 18;

std::string_view level_name(Guarantee::Level level) {
  switch (level) {
    case Guarantee::Level::nothing:
      return "nothing";
    case Guarantee::Level::at_least_once:
      return "at_least_once";
    case Guarantee::Level::exactly_once:
      return "exactly_once";
  }
  return "unknown";
}

// The question on the left, sentences on the right.
void append_saying(const std::string& question, const std::vector<std::string>& texts, std::size_t indent,
                   std::size_t width, bool colours, std::string& out) {
  bool first = true;
  for (const std::string& text : texts) {
    std::string lines = paragraph(text, kQuestionWidth, width);
    if (first) {
      const std::size_t used = indent + question.size();
      lines.erase(0, used);
      out += std::string(indent, ' ') + coloured(question, Colour::grey, colours);
    }
    out += lines;
    first = false;
  }
}

std::string title_of(const PathExplanation& path) {
  std::string title;
  for (const std::string& part : path.through) title += part + " → ";
  return title + path.sink;
}

std::vector<std::string> delivery_of(const PathExplanation& path) {
  std::string text = path.guarantee.text + ".";
  if (!path.limited_by.empty()) text += " What limits it is " + path.limited_by + ".";
  return {text};
}

std::vector<std::string> one_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return {text};
}

void write_texts(const std::vector<std::string>& texts, text::JsonWriter& json) {
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_sayings(const std::vector<Saying>& sayings, text::JsonWriter& json) {
  json.key("sayings");
  json.begin_object();
  for (const Saying& saying : sayings) {
    json.key(saying.key);
    write_texts(saying.texts, json);
  }
  json.end_object();
}

void write_path(const PathExplanation& path, text::JsonWriter& json) {
  json.begin_object();
  json.key("through");
  write_texts(path.through, json);
  json.key("patterns");
  write_texts(path.patterns, json);
  json.member("sink", path.sink);
  json.member("guarantee", level_name(path.guarantee.level));
  json.member("guarantee_text", path.guarantee.text);
  json.member("limited_by", path.limited_by);
  write_sayings(path.sayings, json);
  json.end_object();
}

}  // namespace

std::string render_explanations(const std::vector<PipelineExplanation>& pipelines, std::size_t width, bool colours) {
  std::string out;
  for (const PipelineExplanation& pipeline : pipelines) {
    out += (out.empty() ? "" : "\n") + std::string("pipeline ") +
           coloured(printable(pipeline.name), Colour::bold, colours) + (pipeline.enabled ? "" : " (switched off)") +
           "\n";
    for (const Saying& saying : pipeline.sayings) append_saying(saying.question, saying.texts, 2, width, colours, out);
    for (const PathExplanation& path : pipeline.paths) {
      out += "\n  " + coloured(printable(title_of(path)), Colour::bold, colours) + "\n";
      if (!path.patterns.empty()) append_saying("takes", one_text(path.patterns), 4, width, colours, out);
      append_saying("delivery", delivery_of(path), 4, width, colours, out);
      for (const Saying& saying : path.sayings) append_saying(saying.question, saying.texts, 4, width, colours, out);
    }
  }
  return out;
}

std::string render_explanations_json(const std::vector<PipelineExplanation>& pipelines) {
  std::string out;
  {
    text::JsonWriter json(out);
    json.begin_object();
    json.key("pipelines");
    json.begin_array();
    for (const PipelineExplanation& pipeline : pipelines) {
      json.begin_object();
      json.member("name", pipeline.name);
      json.member("enabled", pipeline.enabled);
      write_sayings(pipeline.sayings, json);
      json.key("paths");
      json.begin_array();
      for (const PathExplanation& path : pipeline.paths) write_path(path, json);
      json.end_array();
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  return out + "\n";
}

}  // namespace weir::cli
