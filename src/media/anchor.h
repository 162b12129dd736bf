#pragma once

#include "base/time.h"

namespace longtake::media {

/// Ties media time to UTC for one segment. Made by ingest, stored with the segment, never adjusted: a moment
/// somebody noted must not move later.
struct Anchor {
  MediaTime media;
  WallTime wall;
  WallTime to_wall(MediaTime t) const { return wall + (t - media); }
  MediaTime to_media(WallTime t) const { return media + (t - wall); }
  bool operator==(const Anchor&) const = default;
};

}  // namespace longtake::media
