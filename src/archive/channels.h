#pragma once
// Channels as rows. What a channel is doing right now is ingest's to say; this is what it should do.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "storage/sql/remembered.h"

namespace longtake::storage {
class SecretBox;
}

namespace longtake::archive {

enum class AudioPolicy { convert, keep, off };
enum class RtspTransport { tcp, udp };

/// Nothing: unlimited by this rule. Footage goes oldest first; held footage stays.
struct Retention {
  std::optional<std::chrono::hours> max_age;
  std::optional<std::uint64_t> max_bytes;
  bool operator==(const Retention&) const = default;
};

/// What an editor of a channel can set.
struct ChannelSettings {
  std::string name;        ///< 1..100 characters, unique in its organization
  std::string source_url;  ///< with credentials; stored encrypted, never logged or returned whole
  AudioPolicy audio = AudioPolicy::convert;
  RtspTransport rtsp_transport = RtspTransport::tcp;
  std::chrono::seconds segment_length{900};  ///< 10 s .. 1 h
  Retention retention;
  bool operator==(const ChannelSettings&) const = default;
};

struct Channel {
  ChannelId id;
  OrganizationId organization;
  ChannelSettings settings;
  bool enabled = true;  ///< false: stopped by a person
  WallTime created;
  std::int64_t version = 1;  ///< counts edits; the ETag
};

/// Repository. Every call is scoped by organization except those of the recorder itself (`all`).
/// Any thread; writes wait for the database's writer.
class Channels {
 public:
  Channels(storage::sql::Database& database, const storage::SecretBox& secrets, const Clock& clock);

  enum class Begin { recording, stopped };
  Result<Channel> create(OrganizationId organization, ChannelSettings settings,
                         Begin begin = Begin::recording);
  /// conflict when `expected_version` is given and differs.
  Result<Channel> update(OrganizationId organization, ChannelId id, ChannelSettings settings,
                         std::optional<std::int64_t> expected_version);
  Result<Channel> set_enabled(OrganizationId organization, ChannelId id, bool enabled);
  /// The channel disappears at once; its footage is deleted by retention.
  Status remove(OrganizationId organization, ChannelId id);
  /// not_found for another organization's channel.
  Result<Channel> get(OrganizationId organization, ChannelId id) const;
  /// The same without reading what it is: ok or not_found.
  Status check(OrganizationId organization, ChannelId id) const;
  /// True when check() said so lately, for threads that must not wait and have just looked at the database
  /// (sql::Remembered).
  bool recalls(OrganizationId organization, ChannelId id) const;
  Result<Channel> get_by_name(OrganizationId organization, const std::string& name) const;
  /// By id, ascending, after `after`.
  Result<std::vector<Channel>> list(OrganizationId organization, ChannelId after, std::size_t limit) const;
  /// For the recorder: every channel that is not removed.
  Result<std::vector<Channel>> all() const;
  /// For the recorder: nothing when it was removed, or never was.
  Result<std::optional<Channel>> find_anywhere(ChannelId id) const;

 private:
  storage::sql::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  mutable storage::sql::Remembered<ChannelId, OrganizationId> owners_;
};

/// invalid, naming the field and the rule, e.g. "segmentSeconds: 10 to 3600".
Status validate(const ChannelSettings& settings);

}  // namespace longtake::archive
