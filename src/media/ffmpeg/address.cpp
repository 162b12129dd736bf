#include "media/ffmpeg/address.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/log.h"

namespace longtake::media::ffmpeg {

namespace {

using namespace std::chrono_literals;

// UDP naps less: what arrives meanwhile must fit the socket's receive buffer.
constexpr std::array<SchemeRules, 9> kSchemes{{
    {"rtsp", "rtsp,rtp,udp,tcp", Transport::demuxer, "rtsp", 100ms},
    {"rtsps", "rtsp,rtsps,rtp,udp,tcp,tls", Transport::demuxer, "rtsp", 100ms},
    {"rtmp", "rtmp,tcp", Transport::demuxer, "flv", 100ms},
    {"rtmps", "rtmps,rtmp,tls,tcp", Transport::demuxer, "flv", 100ms},
    {"http", "http,https,tcp,tls", Transport::bytes, nullptr, 100ms},
    {"https", "http,https,tcp,tls", Transport::bytes, nullptr, 100ms},
    {"srt", "srt", Transport::bytes, "mpegts", 50ms},
    {"udp", "udp", Transport::bytes, "mpegts", 20ms},
    {"rtp", "rtp,udp", Transport::demuxer, "rtp", 20ms},
}};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

const char* const kFormatWhitelist = "rtsp,rtp,sdp,flv,live_flv,mpegts,mov,mp3,aac,ogg,matroska";

Address split_address(std::string_view url) {
  Address address;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) {
    address.scheme = url.substr(0, url.find(':'));
    return address;
  }
  address.scheme = url.substr(0, colon);
  std::string_view rest = url.substr(colon + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest = rest.substr(at + 1);
  if (rest.starts_with('[')) {
    address.host = rest.substr(1, rest.find(']') - 1);
  } else {
    address.host = rest.substr(0, rest.rfind(':'));
  }
  return address;
}

Result<const SchemeRules*> find_rules(std::string_view url) {
  const auto scheme = split_address(url).scheme;
  if (url.find("://") == std::string_view::npos || scheme.empty()) {
    return make_error(
               Code::invalid,
               "not an address: write it with its protocol, like rtsp://host/path or https://host/path")
        .named("source-bad-address");
  }
  for (const auto& rules : kSchemes) {
    if (equal_ignoring_case(rules.scheme, scheme)) return &rules;
  }
  return make_error(
             Code::forbidden,
             "protocol \"{}\" is not allowed; use http, https, rtsp, rtsps, rtmp, rtmps, srt, udp or rtp",
             scheme)
      .named("source-forbidden-address");
}

// Timeouts are not among them: the interrupt callback ends every wait, with one text for all protocols.
void set_options(Options& into, const SchemeRules& rules, const ReaderOptions& options) {
  into.set("protocol_whitelist", rules.whitelist);
  const std::string_view scheme = rules.scheme;
  if (scheme.starts_with("rtsp")) {
    const bool tcp = options.rtsp_transport == ReaderOptions::RtspTransport::tcp;
    into.set("rtsp_transport", tcp ? "tcp" : "udp");
    into.set("allowed_media_types", "video+audio");
    into.set("user_agent", "Longtake");
    if (!tcp) {
      into.set("buffer_size", 1 << 20);  // the kernel's, so that a nap loses nothing
      into.set("reorder_queue_size", 64);
    }
  } else if (scheme.starts_with("rtmp")) {
    into.set("rtmp_live", "live");
    into.set("rtmp_buffer", 100);
  } else if (scheme.starts_with("http")) {
    into.set("user_agent", "Longtake");
    into.set("seekable", std::int64_t{0});
  } else if (scheme == "srt") {
    into.set("connect_timeout", options.open_timeout.count());
  } else if (scheme == "udp") {
    into.set("buffer_size", 1 << 20);
    into.set("fifo_size", std::int64_t{0});  // no thread and no queue of its own: the kernel's buffer serves
    into.set("pkt_size", 65507);
  } else if (scheme == "rtp") {
    into.set("buffer_size", 1 << 20);
  }
}

std::string protocol_name(const SchemeRules& rules, const ReaderOptions& options) {
  if (rules.scheme == "rtsp" || rules.scheme == "rtsps") {
    const bool tcp = options.rtsp_transport == ReaderOptions::RtspTransport::tcp;
    return std::string(rules.scheme) + (tcp ? "/tcp" : "/udp");
  }
  return std::string(rules.scheme);
}

}  // namespace longtake::media::ffmpeg
