#include "access/sessions.h"

#include <algorithm>

#include "access/audit.h"
#include "access/identity_rows.h"
#include "access/person_rows.h"
#include "access/secrets.h"
#include "base/text.h"

namespace longtake::access {

struct SessionRow {
  Identity identity;
  WallTime created;
  WallTime last_seen;
  WallTime expires;
};

namespace {

using storage::sql::Session;

constexpr std::string_view insert_session =
    "insert into user_sessions (token_hash, user_id, organization_id, created_us, last_seen_us, expires_us, "
    "remote, agent) values (?, ?, ?, ?, ?, ?, ?, ?)";
/// The newest of those that are too many.
constexpr std::string_view select_over =
    "select id from user_sessions where user_id = ? order by id desc limit 1 offset ?";
constexpr std::string_view touch_session =
    "update user_sessions set last_seen_us = ?, expires_us = ? where id = ? and last_seen_us < ?";
constexpr std::string_view select_may_act =
    "select count(*) from users u left join memberships m on m.user_id = u.id and m.organization_id = ? "
    "where u.id = ? and (u.superadmin = 1 or m.user_id is not null) and exists "
    "(select 1 from organizations o where o.id = ? and o.removed_us is null)";
constexpr std::string_view replace_token =
    "update user_sessions set token_hash = ?, renew = 0, replaced_hash = token_hash, replaced_until_us = ? "
    "where token_hash = ? and renew = 1";
constexpr std::string_view select_entries =
    "select id, created_us, last_seen_us, remote, agent from user_sessions where user_id = ? and expires_us "
    "> "
    "? order by last_seen_us desc, id desc";

/// One session with its person, told apart by `condition` and not expired.
std::string select_found(std::string_view condition) {
  return fmt::format(
      "select {}, s.id, s.created_us, s.last_seen_us, s.expires_us, s.renew from user_sessions s {} where {} "
      "and "
      "s.expires_us > ? and {}",
      identity_columns, fmt::format(fmt::runtime(identity_joins), "s"), condition, is_active);
}

Result<bool> may_act(Session& session, UserId user, OrganizationId organization) {
  LT_TRY(const auto count,
         session.find(
             select_may_act, [](std::int64_t n) { return n; }, organization, user, organization));
  return count.value_or(0) > 0;
}

constexpr auto make_row = [](UserId user, std::string email, std::string name, std::int64_t superadmin,
                             std::string role, OrganizationId organization, std::string slug,
                             std::string organization_name, std::string kind, std::string zone,
                             std::string language, SessionId id, WallTime created, WallTime seen,
                             WallTime expires, std::int64_t renew) {
  auto identity =
      make_identity(user, std::move(email), std::move(name), superadmin, role, organization, std::move(slug),
                    std::move(organization_name), kind, std::move(zone), std::move(language));
  identity.session = id;
  identity.renew = renew != 0;
  return SessionRow{std::move(identity), created, seen, expires};
};

constexpr std::size_t most_known = 10'000;

}  // namespace

Sessions::Sessions(storage::sql::Database& database, const Clock& clock, Options options)
    : database_(database),
      clock_(clock),
      options_(options),
      known_(database, {"user_sessions", "users", "memberships", "organizations"}, most_known) {}

Result<Sessions::SignedIn> Sessions::open(const Proven& who, const From& from, OrganizationId organization) {
  const auto user = who.user;
  auto token = make_token();
  const auto now = clock_.now();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_CHECK(check_still(session, who));
    LT_TRY(const bool may, may_act(session, user, organization));
    std::optional<OrganizationId> place = organization;
    if (!may) {
      LT_TRY(place, find_first_organization(session, user));
    }
    if (!place) return no_organization();
    LT_CHECK(session.execute(insert_session, hash_token(token), user, *place, now, now, now + options_.idle,
                             from.remote, valid_utf8(from.agent, 200)));
    LT_TRY(const auto over, session.find(
                                select_over, [](SessionId id) { return id; }, user, options_.most));
    if (over)
      LT_CHECK(session.execute("delete from user_sessions where user_id = ? and id <= ?", user, *over));
    LT_CHECK(session.execute("update users set last_seen_us = ? where id = ?", now, user));
    return Audit::append(session, now,
                         {.organization = *place,
                          .actor = user,
                          .kind = ActorKind::user,
                          .action = "session.sign_in",
                          .thing = "session",
                          .remote = from.remote});
  }));
  LT_TRY(auto identity, find(token));
  if (!identity) return make_error(Code::forbidden, "this account is closed");
  return SignedIn{std::move(token), *std::move(identity)};
}

Result<std::optional<Sessions::Ended>> Sessions::sign_out(std::string_view token) {
  const auto hash = hash_token(token);
  return database_.write([&](Session& session) {
    return session.find(
        "delete from user_sessions where token_hash = ? or replaced_hash = ? returning user_id, id",
        [](UserId user, SessionId id) {
          return Ended{user, id};
        },
        hash, hash);
  });
}

Status Sessions::touch(const SessionRow& found) {
  const auto now = clock_.now();
  if (now - found.last_seen <= last_seen_step) return {};
  const auto expires = std::min(now + options_.idle, found.created + options_.longest);
  return database_.write([&](Session& session) -> Status {
    // Of several requests at once the first is enough.
    LT_TRY(const auto touched,
           session.execute(touch_session, now, expires, found.identity.session, now - last_seen_step));
    if (touched > 0)
      LT_CHECK(session.execute("update users set last_seen_us = ? where id = ?", now, found.identity.user));
    return {};
  });
}

/// Whoever may no longer act where they did acts in their first organization from now on.
Result<std::optional<Identity>> Sessions::settle(SessionRow found) {
  if (found.identity.organization) return std::optional{std::move(found.identity)};
  const auto id = found.identity.session;
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_TRY(const auto first, find_first_organization(session, found.identity.user));
    if (!first) return no_organization();
    LT_CHECK(session.execute("update user_sessions set organization_id = ? where id = ?", *first, id));
    return {};
  }));
  return find(id);
}

Result<std::optional<Identity>> Sessions::find(std::string_view token) {
  static const auto by_token = select_found("s.token_hash = ?");
  static const auto by_replaced = select_found("s.replaced_hash = ? and s.replaced_until_us > ?");
  const auto hash = hash_token(token);
  const auto now = clock_.now();
  if (const auto known = recall_hashed(hash, now)) return std::optional{*known};
  const auto version = known_.version();
  bool replaced = false;
  LT_TRY(auto row, database_.read([&](Session& session) -> Result<std::optional<SessionRow>> {
    LT_TRY(auto current, session.find(by_token, make_row, hash, now));
    if (current) return current;
    replaced = true;
    return session.find(by_replaced, make_row, hash, now, now);
  }));
  if (!row) return std::optional<Identity>{};
  // One that is to be replaced, or moved to another organization, is looked at again.
  if (!replaced && !row->identity.renew && row->identity.organization)
    known_.keep(version, hash,
                {std::make_shared<const Identity>(row->identity),
                 std::min(row->expires, row->last_seen + last_seen_step)});
  trouble_.look(touch(*row));
  return settle(*std::move(row));
}

std::shared_ptr<const Identity> Sessions::recall(std::string_view token) const {
  return recall_hashed(hash_token(token), clock_.now());
}

std::shared_ptr<const Identity> Sessions::recall_hashed(const std::string& hash, WallTime now) const {
  const auto known = known_.find(hash);
  return known && now < known->until ? known->identity : nullptr;
}

Result<std::optional<Identity>> Sessions::find(SessionId id) {
  static const auto by_id = select_found("s.id = ?");
  LT_TRY(auto row,
         database_.read([&](Session& session) { return session.find(by_id, make_row, id, clock_.now()); }));
  if (!row) return std::optional<Identity>{};
  return settle(*std::move(row));
}

Result<std::optional<Proven>> Sessions::find_person(std::string_view token) const {
  static const auto select_person = fmt::format(
      "select u.id, u.password_hash from user_sessions s join users u on u.id = s.user_id where s.token_hash "
      "= ? and "
      "s.expires_us > ? and {}",
      is_active);
  return database_.read([&](Session& session) {
    return session.find(
        select_person,
        [](UserId user, std::string hash) {
          return Proven{user, std::move(hash)};
        },
        hash_token(token), clock_.now());
  });
}

Result<std::optional<std::string>> Sessions::renew(std::string_view token) {
  auto fresh = make_token();
  const auto until = clock_.now() + options_.replaced;
  LT_TRY(const auto replaced, database_.write([&](Session& session) {
    return session.execute(replace_token, hash_token(fresh), until, hash_token(token));
  }));
  if (replaced == 0) return std::optional<std::string>{};
  return std::optional{std::move(fresh)};
}

Result<Identity> Sessions::act_in(const Identity& caller, OrganizationId organization) {
  if (caller.organization == organization) return caller;
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_TRY(const bool may, may_act(session, caller.user, organization));
    if (!may) return make_error(Code::not_found, "there is no such organization");
    LT_CHECK(session.execute("update user_sessions set organization_id = ?, renew = 1 where id = ?",
                             organization, caller.session));
    return {};
  }));
  LT_TRY(auto identity, find(caller.session));
  if (!identity) return make_error(Code::not_found, "the session has ended");
  return *std::move(identity);
}

Result<std::vector<SessionEntry>> Sessions::list(UserId user) const {
  return database_.read([&](Session& session) {
    return session.query(
        select_entries,
        [](SessionId id, WallTime created, WallTime seen, std::string remote, std::string agent) {
          return SessionEntry{id, created, seen, std::move(remote), std::move(agent)};
        },
        user, clock_.now());
  });
}

Status Sessions::end(UserId user, SessionId id) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto ended,
           session.execute("delete from user_sessions where id = ? and user_id = ?", id, user));
    if (ended == 0) return make_error(Code::not_found, "there is no such session");
    return {};
  });
}

Status Sessions::end_all(UserId user) {
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from user_sessions where user_id = ?", user));
    return {};
  });
}

}  // namespace longtake::access
