#include "embedded/broker/groups/group_coordinator.hpp"
