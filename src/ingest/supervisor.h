#pragma once
// Sources to runs: one named small-stack thread per enabled channel reads its source, the cutter makes
// fragments and segments, the archive's RunWriter takes them. Each channel is a state machine that decides
// purely; the thread obeys.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "archive/channels.h"
#include "base/log.h"
#include "base/result.h"
#include "ingest/state.h"
#include "media/track.h"

namespace longtake::ingest {

/// What a channel is doing now. Measured values are of the current (or last) run.
struct ChannelStatus {
  ChannelId channel;
  State state = State::stopped;
  WallTime since;          ///< of this state
  std::string cause;       ///< reconnecting, failed: one line for people, without credentials
  std::string cause_kind;  ///< which it is: source-refused, ... of test_source, or a kind of state.h
  std::optional<media::Tracks> tracks;
  std::vector<std::string> notes;    ///< "audio: pcm_alaw converted to aac"
  std::string protocol;              ///< "hls", "rtsp/tcp", ...
  double frame_rate = 0;             ///< measured
  std::chrono::milliseconds gop{0};  ///< measured, last
  std::uint64_t bit_rate = 0;        ///< bits a second over the last ~10 s
  std::uint32_t reconnects = 0;      ///< since the server started
  std::uint64_t dropped_fragments = 0;
};

struct Options {
  bool allow_private = false;  ///< sources at private, loopback and link-local addresses
  std::chrono::milliseconds first_retry{1000};
  std::chrono::milliseconds max_retry{60000};
  std::chrono::milliseconds read_timeout{10000};
  std::chrono::milliseconds open_timeout{15000};
  std::chrono::milliseconds max_fragment{4000};  ///< cap inside a longer GOP
  bool operator==(const Options&) const = default;
};

/// What "Test" found.
struct SourceReport {
  std::string protocol;
  media::Tracks tracks;
  std::vector<std::string> notes;
  double frame_rate = 0;
  std::chrono::milliseconds gop{0};  ///< 0: fewer than two keyframes seen within the test
  std::uint64_t bit_rate = 0;
  media::Bytes picture;  ///< JPEG of the first keyframe, 480 pixels wide; empty without a picture
};
struct SourceTest {
  std::string url;
  archive::AudioPolicy audio = archive::AudioPolicy::convert;
  archive::RtspTransport rtsp_transport = archive::RtspTransport::tcp;
  std::chrono::seconds at_most{12};
};

/// Whether an address may be a source at all: scheme and form, no look-up. invalid (kind source-bad-address)
/// or forbidden (kind source-forbidden-address).
Status check_address(const std::string& url);

/// Connects, looks and leaves; blocking up to `at_most`. Errors name the failure; their kind() is one of the
/// contract's source-bad-address, source-forbidden-address, source-unknown-host, source-refused,
/// source-timeout, source-not-found, source-unauthorized, source-not-a-stream, source-no-media,
/// source-failed.
Result<SourceReport> test_source(const Options& options, const SourceTest& test, const Clock& clock, Log& log,
                                 std::stop_token stop);

class Supervisor {
 public:
  Supervisor(Options options, archive::Channels& channels, archive::Archive& archive, const Clock& clock,
             Log& log);
  ~Supervisor();

  /// Starts every enabled channel (staggered so that a hundred do not connect at once).
  Status start();
  /// Stops all sources: runs end with server_stopped. Within 5 s.
  void stop();

  /// The row changed (created, edited, enabled, disabled): starts, restarts or stops the channel; an edit
  /// that does not touch the source or its cutting leaves the recording alone.
  void channel_changed(const archive::Channel& channel);
  void channel_removed(ChannelId id);

  ChannelStatus status(ChannelId id) const;

  /// Called on every state change and when measured facts change notably. Quick; any thread. Until the token
  /// dies.
  std::shared_ptr<void> subscribe(std::function<void(const ChannelStatus&)> listener);

  /// test_source with this supervisor's options.
  Result<SourceReport> test(const SourceTest& test, std::stop_token stop) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::ingest
