#include "access/people.h"

#include <algorithm>
#include <utility>

#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_user =
    "insert into users (email, name, password_hash, superadmin, created_us) values (?, ?, ?, ?, ?) returning "
    "id";
constexpr std::string_view insert_membership =
    "insert into memberships (user_id, organization_id, role) values (?, ?, ?)";
constexpr std::string_view select_people =
    "select u.id, u.email, u.name, u.superadmin, coalesce(m.role, 'reader'), o.slug, u.created_us "
    "from users u join memberships m on m.user_id = u.id join organizations o on o.id = m.organization_id "
    "where u.disabled_us is null order by u.email, o.id";
constexpr std::string_view count_superadmins =
    "select count(*) from users where superadmin = 1 and disabled_us is null";
constexpr std::string_view end_sessions = "delete from user_sessions where user_id = ?";
constexpr std::string_view select_credentials =
    "select id, password_hash from users where email = ? and disabled_us is null";
constexpr std::string_view insert_session =
    "insert into user_sessions (token_hash, user_id, created_us, last_seen_us, expires_us, remote, agent) "
    "values (?, ?, ?, ?, ?, ?, ?)";
// A person's first organization is the one they act in until they can switch.
constexpr std::string_view identity_columns =
    "u.id, u.email, u.name, u.superadmin, m.role, o.id, o.slug, o.name "
    "from users u join memberships m on m.user_id = u.id join organizations o on o.id = m.organization_id";

Role role_of(std::int64_t superadmin, const std::string& role) {
  return superadmin ? Role::superadmin : find_role(role).value_or(Role::reader);
}

/// What rows keep of a role: superadmins act as managers of the organizations they are members of.
std::string membership_role(Role role) {
  return std::string{to_string(role == Role::superadmin ? Role::manager : role)};
}

constexpr auto make_identity = [](UserId user, std::string email, std::string name, std::int64_t superadmin,
                                  std::string role, OrganizationId organization, std::string slug,
                                  std::string organization_name) {
  return Identity{.user = user,
                  .email = std::move(email),
                  .name = std::move(name),
                  .role = role_of(superadmin, role),
                  .organization = organization,
                  .organization_slug = std::move(slug),
                  .organization_name = std::move(organization_name)};
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Status check_email(const std::string& email) {
  const auto at = email.find('@');
  const bool spaced =
      std::any_of(email.begin(), email.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
  if (at == std::string::npos || at == 0 || at + 1 == email.size() || email.size() > 254 || spaced)
    return make_error(Code::invalid, "'{}' is not an e-mail address", email.substr(0, 60));
  return {};
}

Error no_person(const std::string& email) {
  return make_error(Code::not_found, "there is no person {}", email);
}

Result<UserId> find_user(Session& session, const std::string& email) {
  LT_TRY(const auto found,
         session.find(
             "select id from users where email = ?", [](UserId id) { return id; }, lower(email)));
  if (!found) return no_person(email);
  return *found;
}

}  // namespace

Result<Person> People::add(const NewPerson& person) {
  LT_CHECK(check_email(person.email));
  LT_CHECK(check_password_rules(person.password));
  const auto email = lower(person.email);
  const auto name = person.name.empty() ? email.substr(0, email.find('@')) : person.name;
  LT_TRY(const auto hash, hash_password(person.password));
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Result<Person> {
    LT_TRY(const auto organization, session.find(
                                        "select id from organizations where slug = ?",
                                        [](OrganizationId id) { return id; }, person.organization));
    if (!organization)
      return make_error(Code::not_found, "there is no organization '{}'", person.organization);
    LT_TRY(const auto taken,
           session.find(
               "select id from users where email = ?", [](UserId id) { return id; }, email));
    if (taken) return make_error(Code::conflict, "{} exists already", email);
    LT_TRY(const auto id,
           session.insert(insert_user, email, name, hash, person.role == Role::superadmin, now));
    LT_CHECK(session.execute(insert_membership, id, *organization, membership_role(person.role)));
    return Person{.id = UserId{id},
                  .email = email,
                  .name = name,
                  .role = person.role,
                  .organization_slug = person.organization,
                  .created = now};
  });
}

Result<std::vector<Person>> People::list() const {
  return database_.read([&](Session& session) {
    return session.query(select_people,
                         [](UserId id, std::string email, std::string name, std::int64_t superadmin,
                            std::string role, std::string slug, WallTime created) {
                           return Person{.id = id,
                                         .email = std::move(email),
                                         .name = std::move(name),
                                         .role = role_of(superadmin, role),
                                         .organization_slug = std::move(slug),
                                         .created = created};
                         });
  });
}

Status People::set_password(const std::string& email, const std::string& password) {
  LT_CHECK(check_password_rules(password));
  LT_TRY(const auto hash, hash_password(password));
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, find_user(session, email));
    LT_CHECK(session.execute("update users set password_hash = ? where id = ?", hash, user));
    LT_CHECK(session.execute(end_sessions, user));
    return {};
  });
}

Status People::set_role(const std::string& email, Role role) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, find_user(session, email));
    LT_CHECK(session.execute("update users set superadmin = ? where id = ?", role == Role::superadmin, user));
    LT_TRY(const auto left, session.find(count_superadmins, [](std::int64_t n) { return n; }));
    if (left.value_or(0) == 0)
      return make_error(Code::conflict, "{} is the last superadmin: make another one first", email);
    LT_CHECK(
        session.execute("update memberships set role = ? where user_id = ?", membership_role(role), user));
    LT_CHECK(session.execute(end_sessions, user));
    return {};
  });
}

Result<bool> People::empty() const {
  LT_TRY(const auto count, database_.read([](Session& session) {
    return session.find("select count(*) from users", [](std::int64_t n) { return n; });
  }));
  return count.value_or(0) == 0;
}

Sessions::Sessions(storage::sql::Database& database, const Clock& clock, Options options)
    : database_(database),
      clock_(clock),
      options_(options),
      accounts_(Throttle::Options{}, clock),
      addresses_(Throttle::Options{.free_failures = 20}, clock) {}

std::optional<std::chrono::seconds> Sessions::wait(const SignIn& attempt) {
  return std::max(accounts_.wait(lower(attempt.email)), addresses_.wait(attempt.remote));
}

Result<Sessions::SignedIn> Sessions::sign_in(const SignIn& attempt) {
  const auto email = lower(attempt.email);
  if (const auto pause = wait(attempt))
    return make_error(Code::full, "too many failed tries: wait {} s", pause->count());
  struct Credentials {
    UserId user;
    std::string hash;
  };
  LT_TRY(const auto found, database_.read([&](Session& session) {
    return session.find(
        select_credentials,
        [](UserId user, std::string hash) {
          return Credentials{user, std::move(hash)};
        },
        email);
  }));
  if (!found) waste_verification(attempt.password);
  if (!found || !verify_password(attempt.password, found->hash)) {
    accounts_.failed(email);
    addresses_.failed(attempt.remote);
    return make_error(Code::forbidden, "e-mail address or password is wrong");
  }
  accounts_.succeeded(email);
  auto token = make_token();
  const auto now = clock_.now();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from user_sessions where expires_us < ?", now));
    LT_CHECK(session.execute(insert_session, hash_token(token), found->user, now, now, now + options_.idle,
                             attempt.remote, attempt.agent.substr(0, 200)));
    return {};
  }));
  LT_TRY(auto identity, find(token));
  if (!identity) return make_error(Code::forbidden, "{} is a member of no organization", email);
  return SignedIn{std::move(token), *std::move(identity)};
}

Status Sessions::sign_out(std::string_view token) {
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from user_sessions where token_hash = ?", hash_token(token)));
    return {};
  });
}

Result<std::optional<Identity>> Sessions::find(std::string_view token) {
  const auto hash = hash_token(token);
  const auto now = clock_.now();
  struct Times {
    WallTime created, last_seen;
  };
  static const auto select_identity = fmt::format(
      "select {} join user_sessions s on s.user_id = u.id where s.token_hash = ? and s.expires_us > ? and "
      "u.disabled_us is null order by o.id limit 1",
      identity_columns);
  std::optional<Times> times;
  LT_TRY(auto identity, database_.read([&](Session& session) -> Result<std::optional<Identity>> {
    LT_TRY(times, session.find(
                      "select created_us, last_seen_us from user_sessions where token_hash = ?",
                      [](WallTime created, WallTime seen) {
                        return Times{created, seen};
                      },
                      hash));
    return session.find(select_identity, make_identity, hash, now);
  }));
  // The row is touched at most once a minute: a page asks several times a second.
  if (identity && times && now - times->last_seen > std::chrono::minutes{1}) {
    const auto expires = std::min(now + options_.idle, times->created + options_.longest);
    LT_CHECK(database_.write([&](Session& session) -> Status {
      LT_CHECK(
          session.execute("update user_sessions set last_seen_us = ?, expires_us = ? where token_hash = ?",
                          now, expires, hash));
      return {};
    }));
  }
  return identity;
}

Result<std::string> Tokens::add(const std::string& email, const std::string& name) {
  auto token = make_token();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, find_user(session, email));
    LT_CHECK(
        session.execute("insert into api_tokens (user_id, name, token_hash, created_us) values (?, ?, ?, ?)",
                        user, name, hash_token(token), clock_.now()));
    return {};
  }));
  return token;
}

Result<std::optional<Identity>> Tokens::find(std::string_view token) const {
  static const auto select_identity = fmt::format(
      "select {} join api_tokens t on t.user_id = u.id where t.token_hash = ? and (t.expires_us is null or "
      "t.expires_us > ?) and u.disabled_us is null order by o.id limit 1",
      identity_columns);
  return database_.read([&](Session& session) {
    return session.find(select_identity, make_identity, hash_token(token), clock_.now());
  });
}

}  // namespace longtake::access
