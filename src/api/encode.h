#pragma once
// Domain values as the JSON of the contract.

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "access/identity.h"
#include "archive/archive.h"
#include "archive/channels.h"
#include "http/message.h"
#include "ingest/supervisor.h"

namespace longtake::api {

/// A channel's row with what it does now and what is recorded of it.
struct ChannelFacts {
  const archive::Channel& channel;
  ingest::ChannelStatus status;
  std::optional<WallTime> oldest, newest;
  std::uint64_t recorded_bytes = 0;
};
ChannelFacts gather(const archive::Channel& channel, const ingest::Supervisor& supervisor,
                    const archive::Archive& archive);

boost::json::object channel_json(const ChannelFacts& facts);
boost::json::object me_json(const access::Identity& identity);
boost::json::object timeline_json(const archive::Timeline& timeline);
boost::json::object report_json(const ingest::SourceReport& report);

/// As the contract writes them: "convert", "tcp".
std::string_view audio_name(archive::AudioPolicy policy);
std::string_view rtsp_transport_name(archive::RtspTransport transport);

http::Response json_response(const boost::json::object& object, int status = 200);

/// "hls", "rtsp", "rtmp", "srt", "http", "udp" or "rtp", by the address alone.
std::string source_kind(const std::string& url);

/// The address without user and password, and whether it had any.
struct PublicUrl {
  std::string url;
  bool had_credentials = false;
};
PublicUrl public_url(const std::string& url);

/// `edited` with the credentials of `stored` when it has none of its own and names the same scheme, host and
/// port.
std::string with_stored_credentials(const std::string& edited, const std::string& stored);

}  // namespace longtake::api
