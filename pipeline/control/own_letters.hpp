// Which messages of a pipeline are dead letters of its own, come back.
#pragma once

#include "pipeline/message.hpp"
#include "pipeline/topology/topology.hpp"

#include <functional>

namespace weir {

// Whether a message was written as a dead letter by this pipeline and read from the topic that it writes such letters to.
// (One that was copied back into the topic it came from is not: it has failed there for a second time, and is written
// again.) Empty when the letters go where the source does not read.
std::function<bool(const Message&)> recognise_own_letters(const PipelinePlan& plan);

}  // namespace weir
