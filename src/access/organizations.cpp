#include "access/organizations.h"

#include <algorithm>
#include <array>

#include "base/zone.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_organization =
    "insert into organizations (slug, name, kind, time_zone, language, created_us) values (?, ?, ?, ?, ?, ?) "
    "returning id";
constexpr std::string_view organization_columns =
    "select o.id, o.slug, o.name, o.kind, o.time_zone, o.language, "
    "(select count(*) from memberships m where m.organization_id = o.id), "
    "(select count(*) from channels c where c.organization_id = o.id and c.removed_us is null), "
    "o.created_us, o.version from organizations o where o.removed_us is null";
// The slug is free again: no slug has a '~'.
constexpr std::string_view mark_removed =
    "update organizations set removed_us = ?, slug = slug || '~' || id where id = ?";

constexpr auto make_organization = [](OrganizationId id, std::string slug, std::string name, std::string kind,
                                      std::string time_zone, std::string language, std::int64_t members,
                                      std::int64_t channels, WallTime created, std::int64_t version) {
  return Organization{.id = id,
                      .slug = std::move(slug),
                      .name = std::move(name),
                      .kind = find_organization_kind(kind).value_or(OrganizationKind::desk),
                      .time_zone = std::move(time_zone),
                      .language = std::move(language),
                      .members = members,
                      .channels = channels,
                      .created = created,
                      .version = version};
};

Status check_language(const std::string& language) {
  constexpr std::array<std::string_view, 3> spoken = {"en", "es", "ru"};
  if (std::find(spoken.begin(), spoken.end(), language) == spoken.end())
    return make_error(Code::invalid, "language: '{}' is none of en, es, ru", language.substr(0, 20));
  return {};
}

Status check_name(const std::string& name) {
  if (name.empty()) return make_error(Code::invalid, "name: it is empty");
  return {};
}

Result<Organization> get_row(Session& session, OrganizationId id) {
  LT_TRY(auto found,
         session.find(fmt::format("{} and o.id = ?", organization_columns), make_organization, id));
  if (!found) return make_error(Code::not_found, "there is no such organization");
  return *std::move(found);
}

Result<std::int64_t> count_rows(Session& session) {
  LT_TRY(const auto count, session.find("select count(*) from organizations where removed_us is null",
                                        [](std::int64_t n) { return n; }));
  return count.value_or(0);
}

Status check_free(Session& session, const std::string& slug, OrganizationId except) {
  LT_TRY(const auto taken, session.find(
                               "select id from organizations where slug = ? and id <> ?",
                               [](OrganizationId id) { return id; }, slug, except));
  if (taken) return make_error(Code::conflict, "there is an organization '{}' already", slug);
  return {};
}

}  // namespace

Status check_slug(const std::string& slug) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool good = !slug.empty() && slug.size() <= 40 && plain(slug.front()) && plain(slug.back()) &&
                    std::all_of(slug.begin(), slug.end(), [&](char c) { return plain(c) || c == '-'; });
  if (!good)
    return make_error(Code::invalid,
                      "'{}' is no short name; take a to z, 0 to 9 and '-' between them, 40 at most",
                      slug.substr(0, 60));
  return {};
}

Result<Organization> Organizations::create(const NewOrganization& wanted) {
  LT_CHECK(check_slug(wanted.slug));
  LT_CHECK(check_name(wanted.name));
  LT_CHECK(check_zone(wanted.time_zone));
  LT_CHECK(check_language(wanted.language));
  return database_.write([&](Session& session) -> Result<Organization> {
    LT_CHECK(check_free(session, wanted.slug, {}));
    LT_TRY(const auto id,
           session.insert(insert_organization, wanted.slug, wanted.name, std::string{to_string(wanted.kind)},
                          wanted.time_zone, wanted.language, clock_.now()));
    return get_row(session, OrganizationId{id});
  });
}

Result<std::vector<Organization>> Organizations::list(const Page& page) const {
  static const auto select = fmt::format(
      "{} and (? = 0 or exists (select 1 from memberships m where m.organization_id = o.id and m.user_id = "
      "?)) "
      "and (? = 0 or (lower(o.name), o.id) > (lower(?), ?)) "
      "order by lower(o.name), o.id limit ?",
      organization_columns);
  const auto member = page.member.value_or(UserId{});
  return database_.read([&](Session& session) {
    return session.query(select, make_organization, member, member, page.after.id, page.after.name,
                         page.after.id, page.limit);
  });
}

Result<Organization> Organizations::get(OrganizationId id) const {
  return database_.read([&](Session& session) { return get_row(session, id); });
}

Result<bool> Organizations::exists(OrganizationId id) const {
  LT_TRY(const auto found, database_.read([&](Session& session) {
    return session.find(
        "select id from organizations where id = ? and removed_us is null",
        [](OrganizationId one) { return one; }, id);
  }));
  return found.has_value();
}

Result<std::int64_t> Organizations::count() const {
  return database_.read([](Session& session) { return count_rows(session); });
}

Result<Organization> Organizations::get_by_slug(const std::string& slug) const {
  LT_TRY(auto found, database_.read([&](Session& session) {
    return session.find(fmt::format("{} and o.slug = ?", organization_columns), make_organization, slug);
  }));
  if (!found) return make_error(Code::not_found, "there is no organization '{}'", slug);
  return *std::move(found);
}

Result<Organization> Organizations::edit(OrganizationId id, const OrganizationEdit& edit) {
  if (edit.slug) LT_CHECK(check_slug(*edit.slug));
  if (edit.name) LT_CHECK(check_name(*edit.name));
  if (edit.time_zone) LT_CHECK(check_zone(*edit.time_zone));
  if (edit.language) LT_CHECK(check_language(*edit.language));
  return database_.write([&](Session& session) -> Result<Organization> {
    LT_TRY(const auto before, get_row(session, id));
    if (edit.expected_version && *edit.expected_version != before.version)
      return make_error(Code::conflict, "somebody edited this organization meanwhile: load it again")
          .named("stale");
    if (edit.slug) LT_CHECK(check_free(session, *edit.slug, id));
    LT_CHECK(session.execute(
        "update organizations set slug = ?, name = ?, time_zone = ?, language = ?, version = version + 1 "
        "where "
        "id = ?",
        edit.slug.value_or(before.slug), edit.name.value_or(before.name),
        edit.time_zone.value_or(before.time_zone), edit.language.value_or(before.language), id));
    return get_row(session, id);
  });
}

Status Organizations::remove(OrganizationId id) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto before, get_row(session, id));
    if (before.channels > 0)
      return make_error(Code::conflict, "{} still has {} channels: remove them first", before.name,
                        before.channels);
    LT_TRY(const auto all, count_rows(session));
    if (all < 2) return make_error(Code::conflict, "{} is the last organization: it stays", before.name);
    for (const auto* table : {"memberships", "invitations", "api_tokens"})
      LT_CHECK(session.execute(fmt::format("delete from {} where organization_id = ?", table), id));
    LT_CHECK(session.execute(mark_removed, clock_.now(), id));
    return {};
  });
}

}  // namespace longtake::access
