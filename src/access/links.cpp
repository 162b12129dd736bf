#include "access/links.h"

#include <sodium.h>

#include <array>
#include <vector>

#include "access/base64url.h"
#include "access/identity.h"
#include "access/person_rows.h"
#include "access/secrets.h"
#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view select_newest =
    "select id, secret_sealed from signing_keys where ended_us is null order by id desc limit 1";
constexpr std::string_view select_key =
    "select k.id, k.secret_sealed, coalesce(u.superadmin, 0), coalesce(m.role, ''), "
    "? = 0 or exists (select 1 from api_tokens t where t.id = ? and t.user_id = u.id and (t.expires_us is "
    "null "
    "or t.expires_us > ?)) from signing_keys k "
    "join organizations o on o.id = ? and o.removed_us is null "
    "left join users u on u.id = ? and u.disabled_us is null and u.erased_us is null "
    "left join memberships m on m.user_id = u.id and m.organization_id = o.id "
    "where k.id = ? and k.ended_us is null";
constexpr std::string_view insert_key =
    "insert into signing_keys (secret_sealed, created_us) values (?, ?) returning id";
constexpr std::string_view end_keys = "update signing_keys set ended_us = ? where ended_us is null";

struct SealedKey {
  std::int64_t id = 0;
  std::string secret;
};
constexpr auto make_sealed_key = [](std::int64_t id, std::string secret) {
  return SealedKey{id, std::move(secret)};
};

/// A key, and what the maker of a link is in its organization now: "" where they are no member.
struct KeyForMaker {
  SealedKey key;
  bool superadmin = false;
  std::string role;
  bool token_goes_on = false;

  /// The maker could make the link again.
  bool may_share() const {
    return token_goes_on && (superadmin || !role.empty()) &&
           may(role_of(superadmin, role), Permission::share);
  }
};
constexpr auto make_key_for_maker = [](std::int64_t id, std::string secret, std::int64_t superadmin,
                                       std::string role, std::int64_t token_goes_on) {
  return KeyForMaker{make_sealed_key(id, std::move(secret)), superadmin != 0, std::move(role),
                     token_goes_on != 0};
};

Result<SealedKey> add_key(Session& session, const storage::SecretBox& secrets, WallTime now) {
  SealedKey key{.secret = secrets.seal(make_token())};
  LT_TRY(key.id, session.insert(insert_key, key.secret, now));
  return key;
}

std::string grant_text(const LinkGrant& grant) {
  if (grant.share) return fmt::format("s{}", grant.share);
  return grant.token ? fmt::format("u{}t{}", grant.maker, grant.token) : fmt::format("u{}", grant.maker);
}

/// What is signed. No field can hold a line's end, so no two addresses give the same text.
std::string canonical(std::int64_t key, const LinkAddress& address, const LinkGrant& grant) {
  return fmt::format("longtake link 1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", key, grant.organization,
                     grant_text(grant), address.channel, address.view, to_us(address.range.from),
                     to_us(address.range.to), to_us(address.expires) / 1'000'000);
}

std::string mac_of(std::string_view secret, std::string_view text) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_state state;
  const auto bytes = [](std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); };
  crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  return to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// "KEY.ORGANIZATION.GRANT.MAC".
struct Signature {
  std::int64_t key = 0;
  LinkGrant grant;
  std::string mac;
};

/// "s7", "u4" or "u4t9".
bool parse_grant(std::string_view text, LinkGrant& grant) {
  const auto kind = text.front();
  const auto end = kind == 'u' ? text.find('t') : text.npos;
  const auto number = parse_id<Id<struct GrantTag>>(text.substr(1, end == text.npos ? end : end - 1));
  if (!number || (kind != 'u' && kind != 's')) return false;
  if (kind == 's') grant.share = ShareId{number->value};
  if (kind == 'u') grant.maker = UserId{number->value};
  if (end == text.npos) return true;
  const auto token = parse_id<TokenId>(text.substr(end + 1));
  if (token) grant.token = *token;
  return token.ok();
}

std::optional<Signature> parse(std::string_view text) {
  std::array<std::string_view, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = text.find('.');
    if ((dot == text.npos) != (i + 1 == parts.size())) return {};
    parts[i] = text.substr(0, dot);
    text.remove_prefix(dot == text.npos ? text.size() : dot + 1);
  }
  const auto key = parse_id<Id<struct KeyTag>>(parts[0]);
  const auto organization = parse_id<OrganizationId>(parts[1]);
  if (!key || !organization || parts[2].size() < 2) return {};
  Signature out{.key = key->value, .grant = {.organization = *organization}, .mac = std::string{parts[3]}};
  if (!parse_grant(parts[2], out.grant)) return {};
  return out;
}

Error bad_link() {
  return make_error(Code::forbidden,
                    "this link is not one that was made here, or it was changed or ended: "
                    "ask for a new one")
      .named("bad-link");
}

}  // namespace

struct Links::Key {
  std::int64_t id = 0;
  std::string secret;
};

Result<Links::Key> Links::signing_key() {
  LT_TRY(auto found,
         database_.read([](Session& session) { return session.find(select_newest, make_sealed_key); }));
  if (!found) {
    // The first link of this site; two at once agree on the key of the first.
    LT_TRY(found, database_.write([&](Session& session) -> Result<std::optional<SealedKey>> {
      LT_TRY(auto other, session.find(select_newest, make_sealed_key));
      if (other) return other;
      LT_TRY(auto made, add_key(session, secrets_, clock_.now()));
      return std::optional{std::move(made)};
    }));
  }
  LT_TRY(auto secret, secrets_.unseal(found->secret), "opening signing key {}", found->id);
  return Key{found->id, std::move(secret)};
}

Result<std::string> Links::sign(const LinkAddress& address, const LinkGrant& grant) {
  LT_TRY(const auto key, signing_key());
  return fmt::format("{}.{}.{}.{}", key.id, grant.organization, grant_text(grant),
                     mac_of(key.secret, canonical(key.id, address, grant)));
}

Result<LinkGrant> Links::open(const LinkAddress& address, std::string_view signature) const {
  const auto signed_by = parse(signature);
  if (!signed_by) return bad_link();
  LT_TRY(const auto found, database_.read([&](Session& session) {
    const auto& grant = signed_by->grant;
    return session.find(select_key, make_key_for_maker, grant.token, grant.token, clock_.now(),
                        grant.organization, grant.maker, signed_by->key);
  }));
  if (!found || (signed_by->grant.maker && !found->may_share())) return bad_link();
  const auto* const key = &found->key;
  LT_TRY(const auto secret, secrets_.unseal(key->secret), "opening signing key {}", key->id);
  if (!equal(mac_of(secret, canonical(key->id, address, signed_by->grant)), signed_by->mac))
    return bad_link();
  if (address.expires <= clock_.now())
    return make_error(Code::forbidden, "this link ended at {}: ask for a new one",
                      format_rfc3339(address.expires))
        .named("link-ended");
  return signed_by->grant;
}

Status Links::rotate(OpenLinks open_links) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Status {
    if (open_links == OpenLinks::end) LT_CHECK(session.execute(end_keys, now));
    LT_CHECK(add_key(session, secrets_, now));
    return {};
  });
}

}  // namespace longtake::access
