#pragma once
// Which addresses may be read, and what libav may do for each. Private to this folder.

#include <string>
#include <string_view>

#include "base/result.h"
#include "media/ffmpeg/libav.h"
#include "media/ffmpeg/reader.h"

namespace longtake::media::ffmpeg {

struct Address {
  std::string_view scheme;  ///< lower or upper case, as written
  std::string_view host;    ///< without brackets
};
Address split_address(std::string_view url);

/// How bytes of a scheme are fetched.
enum class Transport {
  demuxer,  ///< the demuxer talks to the network by itself (RTSP, RTMP, RTP)
  bytes     ///< a byte stream through AVIO (HTTP, SRT, UDP)
};

/// What libav is allowed and told for one scheme.
struct SchemeRules {
  std::string_view scheme;
  const char* whitelist;  ///< protocols libav may open in its turn; never file, data, concat, crypto
  Transport transport;
  const char* format;  ///< demuxer, nullptr: probe
  /// While the source is quiet, sleep this long before looking again, so that one wake-up reads many packets.
  std::chrono::milliseconds nap;
};

/// Rules of the address's scheme. Error forbidden names the scheme and those allowed.
Result<const SchemeRules*> find_rules(std::string_view url);

/// Sets timeouts, buffers and the protocol whitelist.
void set_options(Options& into, const SchemeRules& rules, const ReaderOptions& options);

/// "rtsp/tcp", "http", ...
std::string protocol_name(const SchemeRules& rules, const ReaderOptions& options);

/// Demuxers a stream may turn out to need.
extern const char* const kFormatWhitelist;

}  // namespace longtake::media::ffmpeg
