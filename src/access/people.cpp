#include "access/people.h"

#include <utility>

#include "access/person_rows.h"
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
    LT_TRY(const auto user, get_user(session, email));
    LT_CHECK(session.execute("update users set password_hash = ? where id = ?", hash, user));
    LT_CHECK(session.execute(end_sessions, user));
    return {};
  });
}

Status People::set_role(const std::string& email, Role role) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, get_user(session, email));
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

}  // namespace longtake::access
