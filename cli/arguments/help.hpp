// The prose of --help: what weir is, and examples for every verb.
#pragma once

#include <string>
#include <string_view>

namespace weir::cli {

std::string_view overview();
std::string_view overview_examples();
// The examples and notes below the options of `verb` ("run", "streams cat"); empty for hidden verbs.
std::string_view examples(std::string_view verb);
// Those of the verbs that work against a Kafka cluster.
std::string_view kafka_examples(std::string_view verb);
// Those of the verbs that show a configuration, and of completion.
std::string_view inspection_examples(std::string_view verb);

}  // namespace weir::cli
