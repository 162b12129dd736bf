// Playlists of sources.

#include "media/hls/playlist.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)longtake::media::hls::parse(text);
  (void)longtake::media::hls::parse("#EXTM3U\n" + std::string{text});
  return 0;
}
