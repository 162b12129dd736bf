#pragma once
// Whatever a source's address names, as packets: a direct stream through libav, or HLS through our own
// client.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "archive/channels.h"
#include "base/log.h"
#include "base/result.h"
#include "ingest/anchor_estimator.h"
#include "media/ffmpeg/reader.h"

namespace longtake::ingest {

/// Where an HLS recording stood, so that a reconnection neither repeats nor loses what the playlist still
/// has.
struct HlsPosition {
  std::string playlist_url;
  std::uint64_t next_sequence = 0;
};

struct InputOptions {
  std::string url;
  archive::AudioPolicy audio = archive::AudioPolicy::convert;
  archive::RtspTransport rtsp_transport = archive::RtspTransport::tcp;
  bool allow_private = false;
  std::chrono::milliseconds open_timeout{15000};
  std::chrono::milliseconds read_timeout{10000};
  std::stop_token stop;
  const Clock* clock = nullptr;
  Log* log = nullptr;
  std::string name;  ///< of threads: the channel's id
  /// Called (on the reading thread, inside next) when all that the source offers has been read.
  std::function<void()> caught_up;
  std::optional<HlsPosition> resume;
};

/// Lane: the source's thread.
class Input {
 public:
  virtual ~Input() = default;
  virtual const media::Tracks& tracks() const = 0;
  virtual const media::ffmpeg::SourceFacts& facts() const = 0;

  struct Event {
    enum class Kind {
      packet,
      tracks_changed,  ///< tracks() is new; a new run
      discontinuity,   ///< another time line; a new run
      lost,            ///< something between could not be had; a new run after a gap
      end              ///< the source says that it is over
    } kind = Kind::packet;
    media::Packet packet;
    std::string detail;
    /// Of tracks_changed, discontinuity: what follows plays right after what came before.
    bool contiguous = false;
  };
  /// Errors: unavailable (network, silence, "stopped"), invalid, forbidden, not_found.
  virtual Result<Event> next() = 0;

  /// How far this kind of source's clock may be trusted.
  virtual AnchorEstimator::Options anchor_options() const = 0;
  /// It begins right where `resume` says the connection before ended.
  virtual bool resumed() const { return false; }
  virtual std::optional<HlsPosition> position() const { return std::nullopt; }
};

/// Judges the address, connects, waits until the tracks are known. Errors carry one line for people.
Result<std::unique_ptr<Input>> open_input(InputOptions options);

}  // namespace longtake::ingest
