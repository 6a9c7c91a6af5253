// A plan with the world in the place of everything outside. Private to this folder.
#pragma once

#include "pipeline/topology/topology.hpp"
#include "testkit/lifeline.hpp"
#include "testkit/world.hpp"

#include <memory>
#include <string>

namespace weir::testkit {

// Where a connection leads, as the key of a server: the same brokers in another order are the same. Empty: a kind of
// connection that the world has no server for.
std::string address_of(const ComponentPlan& connection);

// The same plan, whose connections, files and standard output are the world's, reached by that line. The configuration
// stays as it is; only what would be made of it is another.
Topology simulated(Topology plan, World& world, const std::string& process, std::shared_ptr<Lifeline> line);

}  // namespace weir::testkit
