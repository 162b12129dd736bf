#pragma once
// Domain values as the JSON of the contract.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/memberships.h"
#include "access/organizations.h"
#include "access/people.h"
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

/// In the memory of `storage`: many at once are made in one arena.
boost::json::object channel_json(const ChannelFacts& facts, const boost::json::storage_ptr& storage = {});
boost::json::object me_json(const access::Identity& identity, const access::People::Account& account);
boost::json::object organization_json(const access::Organization& organization);
boost::json::object member_json(const access::Member& member);
boost::json::object user_json(const access::User& user);
/// Names of the roles that a member may have.
const std::vector<std::string>& membership_roles();
boost::json::object timeline_json(const archive::Timeline& timeline);
boost::json::object report_json(const ingest::SourceReport& report);

/// As the contract writes them: "convert", "tcp".
std::string_view audio_name(archive::AudioPolicy policy);
std::string_view rtsp_transport_name(archive::RtspTransport transport);

http::Response json_response(const boost::json::object& object, int status = 200);

/// A page of a list: rows beyond `limit` only say that there is another one, which begins after the last id.
template <class Row, class ToJson>
boost::json::object page_json(const std::vector<Row>& rows, std::size_t limit, ToJson to_json) {
  boost::json::array items;
  for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i)
    items.push_back(to_json(rows[i]));
  boost::json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (rows.size() > limit) out["next"] = to_string(rows[limit - 1].id);
  return out;
}

/// "hls", "rtsp", "rtmp", "srt", "http", "udp" or "rtp", by the address alone.
std::string source_kind(const std::string& url);

/// The address without user and password and with `***` for values of its query that open doors, and whether
/// it had any.
struct PublicUrl {
  std::string url;
  bool had_credentials = false;
};
PublicUrl public_url(const std::string& url);

/// `edited` with the credentials of `stored` when it has none of its own, and with its values where `edited`
/// shows
/// `***`, if both name the same scheme, host and port.
std::string with_stored_credentials(const std::string& edited, const std::string& stored);
/// Whether a value is `***` still: what it stands for is not known.
bool has_masked_secret(const std::string& url);

}  // namespace longtake::api
