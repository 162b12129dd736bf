#pragma once
// A piece of work as its row tells it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/time.h"

namespace longtake::jobs {

using JobId = Id<struct JobTag>;

enum class State { queued, running, done, failed, cancelled };
std::string_view to_string(State state);
State parse_state(std::string_view text);
/// Nothing more happens to it unless somebody asks.
bool is_over(State state);

struct Job {
  JobId id;
  OrganizationId organization;
  std::string kind;     ///< names its handler: "clip.cut"
  std::string thing;    ///< what it is done to: "clip/12"
  std::string payload;  ///< JSON that its handler reads
  State state = State::queued;
  unsigned tried = 0;  ///< tries begun, the running one included
  WallTime run_after;
  unsigned progress = 0;   ///< per mille
  std::string error;       ///< of the last try, one line for people
  std::string error_kind;  ///< the same for programs; may be empty
  WallTime created;
  std::optional<WallTime> ended;
};

struct NewJob {
  OrganizationId organization;
  std::string kind;
  std::string thing;
  std::string payload = "{}";
  std::optional<WallTime> run_after;  ///< nothing: at once
};

/// Who does a job now. A newer claim of the same job has another number of tries, which fences this one off.
struct Lease {
  JobId job;
  std::string owner;
  unsigned tried = 0;
};

}  // namespace longtake::jobs
