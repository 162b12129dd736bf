#pragma once
// Signed addresses: whoever has one sees one view of one range of one channel until it expires. Nothing of a
// link is stored; its signature is an HMAC-SHA-256 under a key of the table signing_keys, whose number it
// carries, so that a new key breaks no open link. docs/reference/links.md tells the bytes that are signed.
// Any thread.

#include <optional>
#include <string>
#include <string_view>

#include "access/identity.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage {
class SecretBox;
}
namespace longtake::storage::sql {
class Database;
class Session;
}  // namespace longtake::storage::sql

namespace longtake::access {

using ShareId = Id<struct ShareTag>;

/// What an address asks for, as its path and query say it.
struct LinkAddress {
  ChannelId channel;
  std::string view;  ///< "video.mp4", "hls" (everything under it), "frame.jpg"
  WallRange range;
  WallTime expires;  ///< whole seconds
};

/// Who signed it: a person, or a token of theirs, or a share on behalf of whoever opened it.
struct LinkGrant {
  OrganizationId organization;
  UserId maker;   ///< zero: a share's
  TokenId token;  ///< of the maker, that asked for it and that it ends with; zero: they did themselves
  ShareId share;  ///< zero: a person's
};

class Links {
 public:
  Links(storage::sql::Database& database, const storage::SecretBox& secrets, const Clock& clock)
      : database_(database), secrets_(secrets), clock_(clock) {}

  /// The signature of an address.
  Result<std::string> sign(const LinkAddress& address, const LinkGrant& grant);
  /// Errors are named: "bad-link" (forbidden: not signed by us, changed, its key was ended, or the person who
  /// made it is disabled or erased, or may no longer share in the organization, or the token has ended),
  /// "link-ended" (forbidden: it expired).
  Result<LinkGrant> open(const LinkAddress& address, std::string_view signature) const;

  enum class OpenLinks { keep, end };
  /// Signs with a new key from now on. The signing keys are the site's: links of every organization.
  Status rotate(OpenLinks open_links);

 private:
  struct Key;
  Result<Key> signing_key();
  storage::sql::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
};

}  // namespace longtake::access
