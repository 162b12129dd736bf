#pragma once
// Recording HLS: best variant, its separate sound when there is one, streams in a row.

#include <memory>

#include "ingest/input.h"
#include "media/hls/playlist.h"

namespace longtake::ingest {

/// A playlist that was loaded already: `url` is where redirects led.
struct LoadedPlaylist {
  std::string url;
  media::hls::SourcePlaylist playlist;
};
Result<std::unique_ptr<Input>> open_hls(InputOptions options, LoadedPlaylist loaded);

/// Which of a master playlist's variants is recorded, and which rendition is its sound. Pure.
struct Choice {
  std::string video_uri;
  std::string audio_uri;  ///< empty: sound is in the variant itself
};
Result<Choice> choose_variant(const media::hls::SourcePlaylist& master);

}  // namespace longtake::ingest
