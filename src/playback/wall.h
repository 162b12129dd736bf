#pragma once
// media.mp4: fragments on the wall clock, for tiles that share one clock.
//
// Which fragments an answer to [from, to) holds: all whose shown time overlaps it, and before them those that
// decoding needs (back to a sync fragment). A keyframe's shown time reaches to the next chosen keyframe of
// its run, else to the end of the run; keyframes that follow each other without a break share a fragment, up
// to 64 of them. So answers to neighbouring ranges tile: nothing is missing between them; a fragment across
// the seam comes twice, with the same bytes, and so does the sample of a keyframe. `Longtake-Covered-To` is
// where the next request should begin: the end of the last fragment served when that is beyond `to`, else
// `to`; at the live edge the end of what could be served, at a limit or a codec change the first instant not
// served. Asked from there, nothing comes twice, save a keyframe that was at the live edge (its duration has
// become known).
//
// Which keyframes `every=N` chooses: the first in each N successive fragments, counted from the begin of the
// segment. It does not depend on the request.

#include "playback/footage.h"
#include "playback/playback.h"

namespace longtake::playback {

Result<View> render_wall(const Footage& footage, ChannelId channel, const Playback::WallQuery& query);

}  // namespace longtake::playback
