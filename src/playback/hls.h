#pragma once
// HLS over stored segments: playlists made from the index, media as byte ranges of the segment files.
//
// An entry is a fragment, so that the media sequence of a live playlist is the fragment's number within the
// channel. Playlists of ranges that ended a while ago join fragments to entries of at least two seconds that
// begin at keyframes. A discontinuity stands where a run begins; the discontinuity sequence is the number of
// the run. Segments of one run continue each other without one, and share as EXT-X-MAP the header of the
// first of them that the playlist names: their headers differ in nothing that a player reads, and readers
// that are given another begin anew.

#include "playback/footage.h"
#include "playback/playback.h"

namespace longtake::playback {

struct HlsLimits {
  Micros max_length;
  Micros live_window;
};

Result<View> render_hls_master(const Footage& footage, const HlsLimits& limits, ChannelId channel,
                               const Playback::HlsQuery& query);
Result<View> render_hls_media(const Footage& footage, const HlsLimits& limits, ChannelId channel,
                              const Playback::HlsQuery& query, Playback::Rendition rendition);
Result<View> render_hls_segment(const Footage& footage, ChannelId channel, SegmentId id);
Result<Playback::SegmentWindow> find_hls_window(const Footage& footage, ChannelId channel, SegmentId id,
                                                WallRange range);

}  // namespace longtake::playback
