#pragma once
// A live source read through libavformat: demuxed, normalised to Packets in ISO sample format. Blocking; used
// by one source thread at a time. Only this folder includes libav headers.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "media/packet.h"

struct sockaddr;

namespace longtake::media::ffmpeg {

/// What to do with sound that browsers do not play (G.711, MP2): product setting of a channel.
enum class AudioPolicy { convert, keep, off };

/// Gives the next bytes of a stream fetched by somebody else (the HLS client); returns 0 at the end of this
/// stream, error to fail the reader. Blocking; must honour the reader's stop token by itself.
using ByteSource = std::function<Result<std::size_t>(std::span<std::byte> into)>;

struct ReaderOptions {
  std::string url;   ///< rtsp rtsps rtmp rtmps srt udp rtp http https (not HLS: see ByteSource)
  ByteSource bytes;  ///< when set, `url` is only a name for messages and `format` names the demuxer
  /// Asked about every address before libav connects there, also where a server leads (RTSP 3xx, RFC 2326
  /// section 11.3); when none of a host is allowed, opening fails with its error. Empty: all are.
  std::function<Status(const sockaddr& address)> may_connect;
  bool is_file = false;  ///< `url` is the path of a recording on this machine (never from a person's address)
  std::string format;    ///< "mpegts", "mov", "aac", ... or empty: probe
  enum class RtspTransport { tcp, udp } rtsp_transport = RtspTransport::tcp;
  AudioPolicy audio = AudioPolicy::convert;
  std::chrono::milliseconds open_timeout{15000};
  std::chrono::milliseconds read_timeout{
      10000};  ///< no packet for this long: error unavailable "no data for 10 s"
  std::stop_token stop;
  const Clock* clock = nullptr;  ///< for Packet::arrival
  Log* log = nullptr;
};

/// What was found besides the tracks, for "Test" and for messages.
struct SourceFacts {
  std::string protocol;  ///< "rtsp/tcp", "mpegts over http", ...
  std::string container;
  std::vector<std::string> notes;  ///< "audio: pcm_alaw converted to aac", "2 more video streams ignored"
  double frame_rate = 0;           ///< as announced; 0 unknown
};

class Reader {
 public:
  /// Connects and waits until every track's configuration is known (or the time is over: tracks without one
  /// are left out with a note). Errors carry one line naming the failure: refused, host not found, 404, not a
  /// media stream (a web page), no playable track, timed out, protocol not allowed.
  static Result<std::unique_ptr<Reader>> open(ReaderOptions options);

  const Tracks& tracks() const;
  const SourceFacts& facts() const;

  /// One step of the stream.
  struct Event {
    enum class Kind {
      packet,
      tracks_changed,  ///< codec configuration changed: tracks() is new from here on; packets follow
      discontinuity,   ///< time stamps jumped or went backwards beyond mending: a new run must start
      end              ///< the source ended in order
    } kind = Kind::packet;
    Packet packet;
    std::string detail;
  };
  /// Waits for the next event. Errors: unavailable (network, timeout), invalid (unreadable stream),
  /// forbidden. A stop request ends the wait with unavailable "stopped".
  Result<Event> next();

  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Silences libav's own log (it goes nowhere; our errors carry what matters). Called once by main.
void configure_libav(Log& log);

}  // namespace longtake::media::ffmpeg
