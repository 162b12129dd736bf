#pragma once
// Made-up footage with known times: 25 pictures a second on a 90 kHz clock, AAC frames beside them. Nothing
// in it decodes; every sample begins with its own number, so that bytes can be told apart.

#include <cstring>

#include "media/fragment.h"
#include "playback/testing/fake_archive.h"

namespace longtake::playback::testing {

inline constexpr std::int64_t picture_ticks = 3600;
inline constexpr Micros picture_length{40'000};
inline constexpr std::int64_t sound_ticks = 1024;

inline media::Track video_track(std::uint16_t width = 640) {
  media::Track track;
  track.codec = media::Codec::h264;
  track.timescale = 90000;
  for (const int b :
       {1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1f, 1, 0, 4, 0x68, 0xee, 0x3c, 0x80})
    track.config.push_back(static_cast<std::byte>(b));
  track.width = width;
  track.height = 360;
  return track;
}

inline media::Track audio_track() {
  media::Track track;
  track.codec = media::Codec::aac;
  track.timescale = 48000;
  track.sample_rate = 48000;
  track.channels = 2;
  track.config = {std::byte{0x11}, std::byte{0x90}};
  return track;
}

inline media::Tracks both_tracks() {
  return {.video = video_track(), .audio = audio_track()};
}

/// One run, written fragment by fragment.
class Tape {
 public:
  struct Start {
    media::Tracks tracks = both_tracks();
    WallTime begin;                           ///< wall instant of the first picture
    std::int64_t first_ticks = 10LL * 90000;  ///< display time of the first picture on the run's timeline
    std::uint32_t run_number = 1;
    bool reordered = false;  ///< two B pictures between others
    bool open_gop = false;   ///< with reordered: two leading pictures before every keyframe but the first
    bool in_file = false;
  };

  Tape(FakeArchive& archive, const Start& start)
      : archive_(archive),
        start_(start),
        builder_(start.tracks, MediaTime{}),
        run_(RunId{start.run_number + 40}) {
    const auto media = media_from_us(start.first_ticks * 100 / 9);
    anchor_ = {media, start.begin};
    open();
  }

  /// A fragment of `pictures` that begins with a keyframe, or goes on inside a GOP.
  void fragment(int pictures, bool sync = true) {
    if (start_.tracks.video)
      add_pictures(pictures, sync);
    else
      shown_ += pictures;
    if (start_.tracks.audio) add_sound();
    media::FragmentBuilder::Edges edges;
    if (start_.tracks.video) edges.next_video_dts = dts_of(decoded_);
    if (start_.tracks.audio) edges.next_audio_dts = sound_dts(sounds_);
    archive_.append(builder_.finish(++sequence_, edges));
  }
  void fragments(int count, int pictures) {
    for (int i = 0; i < count; ++i)
      fragment(pictures);
  }

  /// The next segment; its anchor is moved by `slew` on the wall.
  void cut(Micros slew = Micros{0}) {
    archive_.seal();
    anchor_.wall += slew;
    open();
  }
  void end() { archive_.seal(); }

  /// Wall instant of the nth picture of the run in display order, as the first segment's anchor has it.
  WallTime picture(int n) const { return start_.begin + picture_length * n; }

 private:
  void open() {
    archive_.open_segment(
        {.run = run_, .run_number = start_.run_number, .anchor = anchor_, .in_file = start_.in_file},
        start_.tracks);
  }

  // Decode runs one picture ahead of display when pictures are reordered.
  std::int64_t dts_of(std::int64_t n) const {
    return start_.first_ticks + (n - (start_.reordered ? 2 : 0)) * picture_ticks;
  }

  void add_picture(std::int64_t shown_as, bool sync) {
    media::Packet packet;
    packet.kind = media::TrackKind::video;
    packet.dts = dts_of(decoded_++);
    packet.pts = start_.first_ticks + shown_as * picture_ticks;
    packet.sync = sync;
    packet.payload = numbered(static_cast<std::uint64_t>(shown_as), sync ? 3000 : 300 + shown_as % 50);
    const auto added = builder_.add(packet);
    if (!added.ok()) throw std::logic_error(added.error().story());
  }

  void add_pictures(int pictures, bool sync) {
    const auto first = shown_;
    shown_ += pictures;
    if (!start_.reordered) {
      for (int i = 0; i < pictures; ++i)
        add_picture(first + i, sync && i == 0);
      return;
    }
    // Decode order: keyframe, [leading pictures], then each third picture before the two between.
    const std::int64_t lead = sync && start_.open_gop && first > 0 ? 2 : 0;
    std::int64_t next = first;
    if (sync) {
      add_picture(first + lead, true);
      for (; next < first + lead; ++next)
        add_picture(next, false);
      ++next;
    }
    while (next < shown_) {
      const auto ahead = std::min<std::int64_t>(next + 2, shown_ - 1);
      add_picture(ahead, false);
      for (; next < ahead; ++next)
        add_picture(next, false);
      ++next;
    }
  }

  std::int64_t sound_dts(std::int64_t n) const {
    return start_.first_ticks * 48000 / 90000 + n * sound_ticks;
  }

  /// Sound up to the end of the pictures so far.
  void add_sound() {
    const auto until = (start_.first_ticks + shown_ * picture_ticks) * 48000 / 90000;
    while (sound_dts(sounds_) < until) {
      media::Packet packet;
      packet.kind = media::TrackKind::audio;
      packet.dts = packet.pts = sound_dts(sounds_);
      packet.duration = sound_ticks;
      packet.sync = true;
      packet.payload = numbered(static_cast<std::uint64_t>(sounds_) | 1ULL << 40, 100 + sounds_ % 20);
      const auto added = builder_.add(packet);
      if (!added.ok()) throw std::logic_error(added.error().story());
      ++sounds_;
    }
  }

  static media::Payload numbered(std::uint64_t number, std::int64_t size) {
    media::Bytes bytes(static_cast<std::size_t>(size), std::byte{0x55});
    std::memcpy(bytes.data(), &number, sizeof number);
    return media::Payload::of(std::move(bytes));
  }

  FakeArchive& archive_;
  const Start start_;
  media::FragmentBuilder builder_;
  RunId run_;
  media::Anchor anchor_;
  std::uint32_t sequence_ = 0;
  std::int64_t decoded_ = 0, shown_ = 0, sounds_ = 0;
};

}  // namespace longtake::playback::testing
