#include "playback/playback.h"

#include "playback/byte_cache.h"
#include "playback/footage.h"
#include "playback/hls.h"
#include "playback/movie.h"
#include "playback/sprite.h"
#include "playback/still.h"
#include "playback/wall.h"

namespace longtake::playback {

struct Playback::Impl {
  Impl(Options o, const archive::Archive& archive, const Clock& clock, Log& l)
      : options(o),
        footage(archive, clock),
        recalled(archive, clock, Footage::Reach::memory),
        log(l),
        stills(o.still_cache_bytes),
        sprites(o.sprite_cache_bytes) {}

  HlsLimits hls() const { return {.max_length = options.max_hls, .live_window = options.live_window}; }

  const Options options;
  const Footage footage;
  const Footage recalled;
  Log& log;  // outlives playback: main owns it
  ByteCache stills;
  ByteCache sprites;
};

Playback::Playback(Options options, const archive::Archive& archive, const Clock& clock, Log& log)
    : impl_(std::make_unique<Impl>(options, archive, clock, log)) {}

Playback::~Playback() = default;

Result<View> Playback::hls_master(ChannelId channel, const HlsQuery& query) const {
  return render_hls_master(impl_->footage, impl_->hls(), channel, query);
}

Result<View> Playback::hls_media(ChannelId channel, const HlsQuery& query, Rendition rendition) const {
  return render_hls_media(impl_->footage, impl_->hls(), channel, query, rendition);
}

Result<View> Playback::hls_segment(ChannelId channel, SegmentId segment) const {
  return render_hls_segment(impl_->footage, channel, segment);
}

Result<Playback::SegmentWindow> Playback::hls_window(ChannelId channel, SegmentId segment,
                                                     WallRange range) const {
  return find_hls_window(impl_->footage, channel, segment, range);
}

Result<View> Playback::mp4(ChannelId channel, const Mp4Query& query) const {
  LT_TRY(auto film, render_movie(impl_->footage, impl_->options.max_mp4, channel, query));
  return std::move(film.view);
}

Result<Playback::Film> Playback::film(ChannelId channel, const Mp4Query& query) const {
  return render_movie(impl_->footage, impl_->options.max_mp4, channel, query);
}

Result<View> Playback::wall(ChannelId channel, const WallQuery& query) const {
  return render_wall(impl_->footage, channel, query);
}

std::optional<View> Playback::recall_wall(ChannelId channel, const WallQuery& query) const {
  auto view = render_wall(impl_->recalled, channel, query);
  return view ? std::optional{std::move(*view)} : std::nullopt;
}

Result<View> Playback::frame(ChannelId channel, const FrameQuery& query) const {
  return render_still(impl_->footage, impl_->stills, channel, query);
}

Result<View> Playback::sprite(ChannelId channel, const SpriteQuery& query) const {
  return render_sprite(impl_->footage, impl_->sprites, impl_->log, impl_->options.max_sprites, channel,
                       query);
}

Result<View> Playback::sprite_vtt(ChannelId channel, const SpriteQuery& query) const {
  return render_sprite_vtt(impl_->footage, impl_->options.max_sprites, channel, query);
}

}  // namespace longtake::playback
