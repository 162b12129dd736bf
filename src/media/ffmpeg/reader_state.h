#pragma once
// What Reader is made of. reader_open.cpp connects and waits for configurations, reader.cpp reads, mends time
// and delivers. Private to this folder.

#include <deque>

#include "media/ffmpeg/input.h"
#include "media/ffmpeg/lag.h"
#include "media/ffmpeg/lane.h"
#include "media/ffmpeg/reader.h"
#include "media/ffmpeg/selection.h"
#include "media/ffmpeg/stamps.h"

namespace longtake::media::ffmpeg {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Reader::State {
  /// A recorded stream.
  struct Slot {
    TrackKind kind = TrackKind::video;
    int stream = -1;
    AVCodecID codec = AV_CODEC_ID_NONE;
    TimeBase time_base;
    std::unique_ptr<Lane> lane;
    Unwrapper unwrap{0};
    bool has_extradata = false;
    std::int64_t offset = 0;              // added to stamps of a stream whose clock is not the other's
    std::optional<std::int64_t> last_us;  // newest decode time
    int strays = 0;
    bool has_wall = false;          // RTSP: a sender report came
    std::optional<Track> joining;   // configuration that waits for its moment
    std::int64_t waited_ticks = 0;  // sound left out while joining
  };
  struct Step {
    Event event;
    std::optional<Tracks> tracks;  // of tracks_changed
  };

  explicit State(ReaderOptions o) : options(std::move(o)) {}

  Status open();
  Status open_more();
  Result<bool> pump();  // reads one packet; false at the end
  Status take(AVPacket& packet);
  void select();
  void bind(Slot& slot, int stream);
  Slot* find_slot(int stream);
  bool settled() const;
  Error nothing_to_record() const;
  bool place(Slot& slot, Chunk& chunk);
  void jump(std::int64_t by_us);
  void restart_slot(Slot& slot);
  void deliver(Slot& slot, Frames& frames);
  void deliver(Slot& slot, Frame& frame);
  void announce(Slot& slot, const Track& track);
  void apply_joining();
  void flush();

  ReaderOptions options;
  SystemClock system_clock;
  std::unique_ptr<Input> input;
  unsigned generation = 0;
  unsigned known_streams = 0;
  PacketPtr packet{av_packet_alloc()};
  SourceFacts facts;
  Selection selection;
  Slot video{.kind = TrackKind::video}, audio{.kind = TrackKind::audio};
  Tracks visible;  // of the event next() gave last
  Tracks latest;   // of the newest event in the queue
  bool opening = true;
  bool changed = false;  // a tracks_changed was queued
  bool ended = false;
  std::optional<Error> failed;
  std::deque<Step> steps;
  Frames frames;
  std::optional<std::int64_t> first_us, newest_us;
  WallTime arrival;
  LagMeter lag;
  SteadyTime opened_at{}, connected_at{};
  std::uint64_t corrupt = 0;
};

}  // namespace longtake::media::ffmpeg
