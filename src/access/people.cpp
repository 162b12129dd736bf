#include "access/people.h"

#include <algorithm>
#include <map>
#include <utility>

#include "access/person_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_user =
    "insert into users (email, name, password_hash, superadmin, created_us, address_proven_us) "
    "values (?, ?, ?, ?, ?, ?) returning id";
constexpr std::string_view select_people =
    "select u.id, u.email, u.name, u.superadmin, coalesce(m.role, 'reader'), coalesce(o.slug, ''), "
    "u.created_us "
    "from users u left join memberships m on m.user_id = u.id left join organizations o on o.id = "
    "m.organization_id where u.disabled_us is null and u.erased_us is null order by u.email, o.id";
constexpr std::string_view user_columns =
    "select id, email, name, superadmin, disabled_us is not null, second_factor_confirmed, created_us, "
    "last_seen_us, address_proven_us is not null from users where erased_us is null";
constexpr std::string_view end_sessions = "delete from user_sessions where user_id = ?";

constexpr auto make_user = [](UserId id, std::string email, std::string name, std::int64_t superadmin,
                              std::int64_t disabled, std::int64_t second_factor, WallTime created,
                              std::optional<WallTime> last_seen, std::int64_t address_proven) {
  return User{.id = id,
              .email = std::move(email),
              .name = std::move(name),
              .superadmin = superadmin != 0,
              .disabled = disabled != 0,
              .second_factor = second_factor != 0,
              .address_proven = address_proven != 0,
              .created = created,
              .last_seen = last_seen};
};

Status add_memberships(Session& session, User& user) {
  LT_TRY(user.memberships, memberships_of(session, user.id));
  return {};
}

Result<User> get_user_row(Session& session, UserId id) {
  LT_TRY(auto found, session.find(fmt::format("{} and id = ?", user_columns), make_user, id));
  if (!found) return make_error(Code::not_found, "there is no such person");
  LT_CHECK(add_memberships(session, *found));
  return *std::move(found);
}

struct Place {
  OrganizationId id;
  OrganizationKind kind;
};
Result<Place> get_place(Session& session, const std::string& slug) {
  LT_TRY(const auto found,
         session.find(
             "select id, kind from organizations where slug = ? and removed_us is null",
             [](OrganizationId id, std::string kind) {
               return Place{id, find_organization_kind(kind).value_or(OrganizationKind::desk)};
             },
             slug));
  if (!found) return make_error(Code::not_found, "there is no organization '{}'", slug);
  return *found;
}

/// What a superadmin is in the organization they are first added to.
Role membership_role(Role role, OrganizationKind kind) {
  if (role != Role::superadmin) return role;
  return kind == OrganizationKind::club ? Role::owner : Role::manager;
}

/// `like` pattern of what contains the text.
std::string containing(const std::string& text) {
  std::string out = "%";
  for (const char c : lower(text)) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace

Result<Person> People::add(const NewPerson& person) {
  LT_CHECK(check_email(person.email));
  LT_CHECK(check_password_rules(person.password, person.email));
  const auto email = lower(person.email);
  const auto name = person.name.empty() ? email.substr(0, email.find('@')) : person.name;
  LT_TRY(const auto hash, hash_password(person.password));
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Result<Person> {
    LT_TRY(const auto place, get_place(session, person.organization));
    LT_TRY(const auto taken,
           session.find(
               "select id from users where email = ?", [](UserId id) { return id; }, email));
    if (taken) return make_error(Code::conflict, "{} exists already", email);
    LT_TRY(const auto id,
           session.insert(insert_user, email, name, hash, person.role == Role::superadmin, now, now));
    LT_CHECK(set_membership(session, place.id, UserId{id}, membership_role(person.role, place.kind)));
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

Result<std::vector<User>> People::list_users(const Page& page) const {
  constexpr std::string_view condition =
      " and (? = 0 or email > (select a.email from users a where a.id = ?)) and (email like ? escape '\\' or "
      "lower(name) like ? escape '\\') order by email limit ?";
  static const auto select = fmt::format("{}{}", user_columns, condition);
  static const auto select_theirs = fmt::format(
      "select m.user_id, o.id, o.slug, o.name, m.role from (select id from users where erased_us is null{}) "
      "p "
      "join memberships m on m.user_id = p.id join organizations o on o.id = m.organization_id "
      "where o.removed_us is null order by lower(o.name), o.id",
      condition);
  const auto pattern = containing(page.search);
  using Theirs = std::pair<UserId, Membership>;
  constexpr auto make_theirs = [](UserId user, OrganizationId id, std::string slug, std::string name,
                                  std::string role) {
    return Theirs{user,
                  {id, std::move(slug), std::move(name), access::find_role(role).value_or(Role::reader)}};
  };
  return database_.read([&](Session& session) -> Result<std::vector<User>> {
    LT_TRY(auto users,
           session.query(select, make_user, page.after, page.after, pattern, pattern, page.limit));
    LT_TRY(auto memberships,
           session.query(select_theirs, make_theirs, page.after, page.after, pattern, pattern, page.limit));
    std::map<UserId, User*> by_id;
    for (auto& user : users)
      by_id[user.id] = &user;
    for (auto& [user, membership] : memberships)
      if (const auto found = by_id.find(user); found != by_id.end())
        found->second->memberships.push_back(std::move(membership));
    return users;
  });
}

Result<User> People::get(UserId user) const {
  return database_.read([&](Session& session) { return get_user_row(session, user); });
}

Result<People::Account> People::account(UserId user) const {
  return database_.read([&](Session& session) -> Result<Account> {
    LT_TRY(auto found, session.find(
                           "select second_factor_confirmed, password_hash <> '' from users where id = ?",
                           [](std::int64_t second_factor, std::int64_t password) {
                             return Account{{}, second_factor != 0, password != 0};
                           },
                           user));
    auto account = std::move(found).value_or(Account{});
    LT_TRY(account.organizations, organizations_open_to(session, user));
    return account;
  });
}

Result<User> People::edit(UserId id, const UserEdit& edit) {
  LT_TRY(auto now, get(id));
  const bool changes = (edit.name && *edit.name != now.name) ||
                       (edit.superadmin && *edit.superadmin != now.superadmin) ||
                       (edit.disabled && *edit.disabled != now.disabled);
  if (!changes) return now;
  return database_.write([&](Session& session) -> Result<User> {
    LT_TRY(const auto before, get_user_row(session, id));
    if (edit.name) LT_CHECK(session.execute("update users set name = ? where id = ?", *edit.name, id));
    if (edit.superadmin && *edit.superadmin != before.superadmin) {
      LT_CHECK(session.execute("update users set superadmin = ? where id = ?", *edit.superadmin, id));
      LT_CHECK(renew_sessions(session, id));
    }
    if (edit.disabled && *edit.disabled != before.disabled) {
      const auto since = *edit.disabled ? std::optional{clock_.now()} : std::nullopt;
      LT_CHECK(session.execute("update users set disabled_us = ? where id = ?", since, id));
      LT_CHECK(session.execute(end_sessions, id));
      if (*edit.disabled) LT_CHECK(session.execute("delete from api_tokens where user_id = ?", id));
    }
    if (before.superadmin) LT_CHECK(keep_a_superadmin(session, before.email));
    return get_user_row(session, id);
  });
}

Status People::set_password(const std::string& email, const std::string& password) {
  LT_CHECK(check_password_rules(password, email));
  LT_TRY(const auto hash, hash_password(password));
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, get_user(session, email));
    LT_CHECK(session.execute("update users set password_hash = ? where id = ?", hash, user));
    LT_CHECK(session.execute("delete from password_resets where user_id = ?", user));
    LT_CHECK(session.execute(end_sessions, user));
    return {};
  });
}

Status People::set_role(const std::string& email, Role role, const std::string& organization) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, get_user(session, email));
    LT_TRY(const auto before, get_user_row(session, user));
    LT_CHECK(session.execute("update users set superadmin = ? where id = ?", role == Role::superadmin, user));
    if (before.superadmin) LT_CHECK(keep_a_superadmin(session, email));
    if (role == Role::superadmin) return renew_sessions(session, user);
    LT_TRY(const auto place, get_place(session, organization));
    return set_membership(session, place.id, user, role);
  });
}

Result<bool> People::empty() const {
  LT_TRY(const auto count, database_.read([](Session& session) {
    return session.find("select count(*) from users", [](std::int64_t n) { return n; });
  }));
  return count.value_or(0) == 0;
}

}  // namespace longtake::access
