#include "access/tokens.h"

#include "access/identity_rows.h"
#include "access/person_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {

struct TokenRow {
  Identity identity;
  std::optional<WallTime> last_used;
};

namespace {

using storage::sql::Session;

constexpr std::string_view insert_token =
    "insert into api_tokens (user_id, organization_id, name, scopes, token_hash, created_us, expires_us) "
    "values (?, ?, ?, ?, ?, ?, ?) returning id";
constexpr std::string_view entry_columns =
    "select t.id, t.name, t.scopes, t.created_us, t.last_used_us, t.expires_us, u.email, coalesce(o.name, "
    "'') "
    "from api_tokens t join users u on u.id = t.user_id left join organizations o on o.id = "
    "t.organization_id";

/// The first of the person's, or of the site where a superadmin has none.
constexpr std::string_view select_place =
    "select coalesce((select min(m.organization_id) from memberships m join organizations o on o.id = "
    "m.organization_id where m.user_id = u.id and o.removed_us is null), (select min(o.id) from "
    "organizations o "
    "where o.removed_us is null and u.superadmin = 1)) from users u where u.id = ?";
constexpr std::string_view touch_token =
    "update api_tokens set last_used_us = ? where id = ? and coalesce(last_used_us, 0) < ?";
constexpr std::string_view count_tokens =
    "select count(*) from api_tokens where user_id = ? and (expires_us is null or expires_us > ?)";

constexpr auto make_entry = [](TokenId id, std::string name, std::string scopes, WallTime created,
                               std::optional<WallTime> used, std::optional<WallTime> expires,
                               std::string owner, std::string organization) {
  return TokenEntry{.id = id,
                    .name = std::move(name),
                    .scopes = parse_scopes(scopes),
                    .created = created,
                    .last_used = used,
                    .expires = expires,
                    .owner = std::move(owner),
                    .organization_name = std::move(organization)};
};

/// One token with its owner, told apart by `condition` and not over. Without an organization of its own it
/// acts in its owner's first, or in the site's when a superadmin has none.
std::string select_identity(std::string_view condition) {
  return fmt::format(
      "select {}, t.id, t.scopes, t.last_used_us from (select id, name, scopes, token_hash, expires_us, "
      "last_used_us, user_id, coalesce(organization_id, (select min(f.organization_id) from memberships f "
      "where f.user_id = api_tokens.user_id), (select min(f.id) from organizations f where f.removed_us is "
      "null "
      "and exists (select 1 from users a where a.id = api_tokens.user_id and a.superadmin = 1))) as "
      "organization_id from api_tokens) t {} where {} and "
      "(t.expires_us is null or t.expires_us > ?) and {}",
      identity_columns, fmt::format(fmt::runtime(identity_joins), "t"), condition, is_active);
}

constexpr auto make_row = [](UserId user, std::string email, std::string name, std::int64_t superadmin,
                             std::string role, OrganizationId organization, std::string slug,
                             std::string organization_name, std::string kind, std::string zone,
                             std::string language, TokenId id, std::string scopes,
                             std::optional<WallTime> used) {
  auto identity =
      make_identity(user, std::move(email), std::move(name), superadmin, role, organization, std::move(slug),
                    std::move(organization_name), kind, std::move(zone), std::move(language));
  identity.token = id;
  identity.permissions = identity.permissions & (parse_scopes(scopes) | Permissions{Permission::be_known});
  return TokenRow{std::move(identity), used};
};

std::optional<Identity> unless_homeless(std::optional<TokenRow> row) {
  if (!row || !row->identity.organization) return {};
  return std::move(row->identity);
}

}  // namespace

std::string format_scopes(Permissions scopes) {
  if (scopes == permissions_of(Role::superadmin)) return "all";
  std::string out;
  scopes.each([&](Permission permission) {
    if (!out.empty()) out += ' ';
    out += to_string(permission);
  });
  return out;
}

Permissions parse_scopes(std::string_view text) {
  if (text == "all") return permissions_of(Role::superadmin);
  Permissions out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (const auto permission = find_permission(text.substr(0, end))) out = out | Permissions{*permission};
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

namespace {

Status check_goes_on(Session& session, UserId user, SessionId id) {
  LT_TRY(const auto goes_on, session.find(
                                 "select id from user_sessions where id = ? and user_id = ?",
                                 [](SessionId one) { return one; }, id, user));
  if (!goes_on) return make_error(Code::conflict, "this session was ended meanwhile: sign in again");
  return {};
}

}  // namespace

Result<Tokens::Made> Tokens::add(const NewToken& token) {
  auto secret = make_token();
  const auto place = token.organization ? std::optional{token.organization} : std::nullopt;
  return database_.write([&](Session& session) -> Result<Made> {
    // Whatever ended the session while this waited for its turn (a claimed account, a new password) ended its
    // tokens too.
    if (token.session) LT_CHECK(check_goes_on(session, token.owner, token.session));
    LT_TRY(const auto held, session.find(
                                count_tokens, [](std::int64_t n) { return n; }, token.owner, clock_.now()));
    if (held.value_or(0) >= most)
      return make_error(Code::conflict, "nobody has more than {} API tokens: revoke one first", most);
    LT_TRY(const auto id,
           session.insert(insert_token, token.owner, place, token.name, format_scopes(token.scopes),
                          hash_token(secret), clock_.now(), token.expires));
    LT_TRY(auto entry, session.find(fmt::format("{} where t.id = ?", entry_columns), make_entry, id));
    if (!entry) return make_error(Code::internal, "the new token is not there");
    return Made{*std::move(entry), std::move(secret)};
  });
}

Result<std::string> Tokens::add(const std::string& email, const std::string& name) {
  LT_TRY(const auto owner, database_.read([&](Session& session) { return get_user(session, email); }));
  LT_TRY(const auto place, database_.read([&](Session& session) {
    return session.find(
        select_place, [](std::optional<OrganizationId> id) { return id.value_or(OrganizationId{}); }, owner);
  }));
  LT_TRY(auto made, add({.owner = owner,
                         .organization = place.value_or(OrganizationId{}),
                         .name = name,
                         .scopes = permissions_of(Role::superadmin)}));
  return std::move(made.secret);
}

Result<std::vector<TokenEntry>> Tokens::list(std::optional<UserId> owner) const {
  return database_.read([&](Session& session) {
    if (!owner) return session.query(fmt::format("{} order by t.id desc", entry_columns), make_entry);
    return session.query(fmt::format("{} where t.user_id = ? order by t.id desc", entry_columns), make_entry,
                         *owner);
  });
}

Status Tokens::revoke(std::optional<UserId> owner, TokenId id) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto gone,
           owner ? session.execute("delete from api_tokens where id = ? and user_id = ?", id, *owner)
                 : session.execute("delete from api_tokens where id = ?", id));
    if (gone == 0) return make_error(Code::not_found, "there is no such token");
    return {};
  });
}

Result<std::optional<Identity>> Tokens::find(std::string_view token) {
  static const auto by_token = select_identity("t.token_hash = ?");
  const auto now = clock_.now();
  LT_TRY(auto row, database_.read([&](Session& session) {
    return session.find(by_token, make_row, hash_token(token), now);
  }));
  if (row && (!row->last_used || now - *row->last_used > last_seen_step))
    trouble_.look(database_.write([&](Session& session) -> Status {
      LT_CHECK(session.execute(touch_token, now, row->identity.token, now - last_seen_step));
      return {};
    }));
  return unless_homeless(std::move(row));
}

Result<std::optional<Identity>> Tokens::find(TokenId id) const {
  static const auto by_id = select_identity("t.id = ?");
  LT_TRY(auto row,
         database_.read([&](Session& session) { return session.find(by_id, make_row, id, clock_.now()); }));
  return unless_homeless(std::move(row));
}

}  // namespace longtake::access
