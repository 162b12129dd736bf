#pragma once
// A clip: a range of a channel as a film of its own, kept after the footage has expired.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "desk/ids.h"
#include "jobs/job.h"
#include "playback/playback.h"

namespace longtake::desk {

/// What a film could not show, and why as far as it is known.
struct Missing {
  WallRange range;
  std::string cause;  ///< as the timeline names it; empty: not known
  bool operator==(const Missing&) const = default;
};
std::string format_missing(const std::vector<Missing>& missing);
std::vector<Missing> parse_missing(const std::string& json);

using Edges = playback::Playback::Edges;
/// "copy", "encode".
std::string_view to_string(Edges edges);
Edges parse_edges(std::string_view name);

struct Clip {
  enum class State { queued, cutting, ready, failed, cancelled };

  ClipId id;
  OrganizationId organization;
  ChannelId channel;
  std::string channel_name;
  WallRange range;  ///< as asked for
  std::string title;
  std::vector<std::string> tags;
  Edges edges = Edges::copy;
  UserId author;
  std::string author_name;  ///< empty when the person was erased
  NoteId note;              ///< it is kept with; zero: none
  WallTime created;
  std::int64_t version = 1;

  State state = State::queued;
  unsigned progress = 0;   ///< per mille; above 0 while it is cut
  std::string error;       ///< why it failed, one line for people
  std::string error_kind;  ///< the same for programs
  jobs::JobId job;         ///< the newest; zero: long over
  WallTime not_before;     ///< when queued: the recording is looked for then, again; zero: it was not ahead

  // When ready.
  std::uint64_t bytes = 0;
  std::string path;    ///< in the folder of blobs
  std::string poster;  ///< likewise, of its first picture; may be empty
  WallRange shown;     ///< instants of what it shows
  std::vector<Missing> missing;

  bool is_ready() const { return state == State::ready; }
};
std::string_view to_string(Clip::State state);

}  // namespace longtake::desk
