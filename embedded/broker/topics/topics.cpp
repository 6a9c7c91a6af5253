#include "embedded/broker/topics/topics.hpp"
