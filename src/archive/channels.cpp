#include "archive/channels.h"

#include <algorithm>
#include <array>

#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::archive {
namespace {

using storage::sql::Session;

constexpr std::size_t most_owners = 10'000;
constexpr std::int64_t max_retention_hours = 24L * 366 * 20;

#define CHANNEL_COLUMNS                                                                       \
  "select id, organization_id, name, source_sealed, audio, rtsp_transport, segment_seconds, " \
  "retention_hours, retention_bytes, enabled, created_us, version from channels where removed_us is null "

constexpr std::array<std::string_view, 3> audio_names{"convert", "keep", "off"};
constexpr std::array<std::string_view, 2> transport_names{"tcp", "udp"};

template <class Enum, std::size_t n>
Enum parse_enum(const std::array<std::string_view, n>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return static_cast<Enum>(found == names.end() ? 0 : found - names.begin());
}
template <class Enum, std::size_t n>
std::string_view name_of(const std::array<std::string_view, n>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

constexpr auto to_channel =
    [](ChannelId id, OrganizationId organization, std::string name, std::string source, std::string audio,
       std::string transport, std::int64_t segment_seconds, std::optional<std::int64_t> hours,
       std::optional<std::uint64_t> bytes, bool enabled, WallTime created, std::int64_t version) {
      Channel channel{.id = id,
                      .organization = organization,
                      .settings = {.name = std::move(name),
                                   .source_url = std::move(source),  // still sealed
                                   .audio = parse_enum<AudioPolicy>(audio_names, audio),
                                   .rtsp_transport = parse_enum<RtspTransport>(transport_names, transport),
                                   .segment_length = std::chrono::seconds{segment_seconds}},
                      .enabled = enabled,
                      .created = created,
                      .version = version};
      if (hours) channel.settings.retention.max_age = std::chrono::hours{*hours};
      channel.settings.retention.max_bytes = bytes;
      return channel;
    };

std::optional<std::int64_t> hours_of(const Retention& retention) {
  if (!retention.max_age) return std::nullopt;
  return retention.max_age->count();
}

Error no_such_channel(ChannelId id) {
  return make_error(Code::not_found, "there is no channel {}", id);
}

Error name_taken(const Error& error, const std::string& name) {
  if (error.code() != Code::conflict || error.text().find("channels.name") == std::string::npos) return error;
  return make_error(Code::conflict, "name: another channel is called '{}'", name);
}

Result<Channel> unseal(Channel channel, const storage::SecretBox& secrets) {
  if (channel.settings.source_url.empty()) return channel;  // rebuilt from files: nobody knows it
  LT_TRY(channel.settings.source_url, secrets.unseal(channel.settings.source_url),
         "reading the source address of channel {}", channel.id);
  return channel;
}

Result<Channel> find(Session& s, OrganizationId organization, ChannelId id) {
  LT_TRY(auto found,
         s.find(CHANNEL_COLUMNS "and id = ? and organization_id = ?", to_channel, id, organization));
  if (!found) return no_such_channel(id);
  return std::move(*found);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Status validate(const ChannelSettings& settings) {
  const auto length = characters(settings.name);
  if (length < 1 || length > 100) return make_error(Code::invalid, "name: 1 to 100 characters");
  if (std::any_of(settings.name.begin(), settings.name.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return make_error(Code::invalid, "name: no control characters");
  if (settings.name.front() == ' ' || settings.name.back() == ' ')
    return make_error(Code::invalid, "name: no spaces around it");
  if (settings.source_url.empty()) return make_error(Code::invalid, "source.url: an address is needed");
  if (settings.source_url.size() > 4096)
    return make_error(Code::invalid, "source.url: at most 4096 characters");
  if (settings.segment_length < std::chrono::seconds{10} || settings.segment_length > std::chrono::hours{1})
    return make_error(Code::invalid, "segmentSeconds: 10 to 3600");
  if (settings.retention.max_age &&
      (settings.retention.max_age->count() < 1 || settings.retention.max_age->count() > max_retention_hours))
    return make_error(Code::invalid, "retention.hours: 1 to 175680");
  if (settings.retention.max_bytes &&
      (*settings.retention.max_bytes < 1 || *settings.retention.max_bytes > (1ull << 60)))
    return make_error(Code::invalid, "retention.bytes: 1 to 1152921504606846976");
  return {};
}

Channels::Channels(storage::sql::Database& database, const storage::SecretBox& secrets, const Clock& clock)
    : database_(database), secrets_(secrets), clock_(clock), owners_(database, {"channels"}, most_owners) {}

Result<Channel> Channels::create(OrganizationId organization, ChannelSettings settings, Begin begin) {
  LT_CHECK(validate(settings));
  auto created = database_.write([&](Session& s) -> Result<Channel> {
    LT_TRY(const auto id,
           s.insert("insert into channels (organization_id, name, source_sealed, audio, rtsp_transport, "
                    "segment_seconds, retention_hours, retention_bytes, enabled, created_us, version) "
                    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) returning id",
                    organization, settings.name, secrets_.seal(settings.source_url),
                    name_of(audio_names, settings.audio), name_of(transport_names, settings.rtsp_transport),
                    settings.segment_length.count(), hours_of(settings.retention),
                    settings.retention.max_bytes, begin == Begin::recording, clock_.now()));
    return find(s, organization, ChannelId{id});
  });
  if (!created.ok()) return name_taken(created.error(), settings.name);
  return unseal(std::move(*created), secrets_);
}

Result<Channel> Channels::update(OrganizationId organization, ChannelId id, ChannelSettings settings,
                                 std::optional<std::int64_t> expected_version) {
  LT_CHECK(validate(settings));
  auto updated = database_.write([&](Session& s) -> Result<Channel> {
    LT_TRY(const auto before, find(s, organization, id));
    if (expected_version && before.version != *expected_version)
      return make_error(Code::conflict, "channel {} was changed by somebody else: load it again", id)
          .named("stale");
    LT_CHECK(
        s.execute("update channels set name = ?, source_sealed = ?, audio = ?, rtsp_transport = ?, "
                  "segment_seconds = ?, retention_hours = ?, retention_bytes = ?, "
                  "version = version + 1 where id = ? and organization_id = ?",
                  settings.name, secrets_.seal(settings.source_url), name_of(audio_names, settings.audio),
                  name_of(transport_names, settings.rtsp_transport), settings.segment_length.count(),
                  hours_of(settings.retention), settings.retention.max_bytes, id, organization));
    return find(s, organization, id);
  });
  if (!updated.ok()) return name_taken(updated.error(), settings.name);
  return unseal(std::move(*updated), secrets_);
}

Result<Channel> Channels::set_enabled(OrganizationId organization, ChannelId id, bool enabled) {
  LT_TRY(auto channel, database_.write([&](Session& s) -> Result<Channel> {
    LT_CHECK(
        s.execute("update channels set enabled = ?, version = version + 1 where id = ? and "
                  "organization_id = ? and enabled <> ? and removed_us is null",
                  enabled, id, organization, enabled));
    return find(s, organization, id);
  }));
  return unseal(std::move(channel), secrets_);
}

Status Channels::remove(OrganizationId organization, ChannelId id) {
  return database_.write([&](Session& s) -> Status {
    // Its credentials are of no use any more.
    LT_TRY(const auto removed,
           s.execute("update channels set removed_us = ?, enabled = 0, source_sealed = '' where id = ? and "
                     "organization_id = ? and removed_us is null",
                     clock_.now(), id, organization));
    if (removed == 0) return no_such_channel(id);
    return {};
  });
}

Result<Channel> Channels::get(OrganizationId organization, ChannelId id) const {
  LT_TRY(auto channel, database_.read([&](Session& s) { return find(s, organization, id); }));
  return unseal(std::move(channel), secrets_);
}

Status Channels::check(OrganizationId organization, ChannelId id) const {
  if (owners_.find(id) == organization) return {};
  const auto version = owners_.version();
  LT_TRY(const auto owner, database_.read([&](Session& s) {
    return s.find(
        "select organization_id from channels where id = ? and removed_us is null",
        [](OrganizationId found) { return found; }, id);
  }));
  if (!owner || *owner != organization) return no_such_channel(id);
  owners_.keep(version, id, organization);
  return {};
}

bool Channels::recalls(OrganizationId organization, ChannelId id) const {
  return owners_.find_also(id) == organization;
}

Result<Channel> Channels::get_by_name(OrganizationId organization, const std::string& name) const {
  LT_TRY(auto found, database_.read([&](Session& s) {
    return s.find(CHANNEL_COLUMNS "and name = ? and organization_id = ?", to_channel, name, organization);
  }));
  if (!found) return make_error(Code::not_found, "there is no channel called '{}'", name);
  return unseal(std::move(*found), secrets_);
}

Result<std::vector<Channel>> Channels::list(OrganizationId organization, ChannelId after,
                                            std::size_t limit) const {
  LT_TRY(auto channels, database_.read([&](Session& s) {
    return s.query(CHANNEL_COLUMNS "and organization_id = ? and id > ? order by id limit ?", to_channel,
                   organization, after, limit);
  }));
  for (auto& channel : channels) {
    LT_TRY(channel, unseal(std::move(channel), secrets_));
  }
  return channels;
}

Result<std::vector<Channel>> Channels::all() const {
  LT_TRY(auto channels,
         database_.read([&](Session& s) { return s.query(CHANNEL_COLUMNS "order by id", to_channel); }));
  for (auto& channel : channels) {
    LT_TRY(channel, unseal(std::move(channel), secrets_));
  }
  return channels;
}

Result<std::optional<Channel>> Channels::find_anywhere(ChannelId id) const {
  LT_TRY(auto found,
         database_.read([&](Session& s) { return s.find(CHANNEL_COLUMNS "and id = ?", to_channel, id); }));
  if (!found) return std::optional<Channel>{};
  LT_TRY(auto channel, unseal(std::move(*found), secrets_));
  return std::optional{std::move(channel)};
}

}  // namespace longtake::archive
