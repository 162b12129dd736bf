#pragma once

#include <string_view>

namespace longtake::ingest {

/// What a channel is doing, as people see it.
enum class State { connecting, recording, reconnecting, stopped, failed };
std::string_view to_string(State state);

/// Kinds of causes beside those of a failed test of a source (supervisor.h).
inline constexpr std::string_view kind_failed = "source-failed";
inline constexpr std::string_view kind_no_keyframe = "source-no-keyframe";
inline constexpr std::string_view kind_ended = "source-ended";
inline constexpr std::string_view kind_not_stored = "not-stored";  ///< the archive did not take it

}  // namespace longtake::ingest
