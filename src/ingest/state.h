#pragma once

#include <string_view>

namespace longtake::ingest {

/// What a channel is doing, as people see it.
enum class State { connecting, recording, reconnecting, stopped, failed };
std::string_view to_string(State state);

}  // namespace longtake::ingest
