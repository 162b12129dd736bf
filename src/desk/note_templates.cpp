#include "desk/note_templates.h"

#include <algorithm>

#include "storage/sql/database.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

#define TEMPLATE_COLUMNS \
  "select id, name, fields, is_default, version from note_templates where organization_id = ? "
constexpr std::string_view list_templates = TEMPLATE_COLUMNS "and removed_us is null order by name, id";
constexpr std::string_view select_template = TEMPLATE_COLUMNS "and id = ? and removed_us is null";
constexpr std::string_view select_ever = TEMPLATE_COLUMNS "and id = ?";
constexpr std::string_view select_channels =
    "select channel_id from note_template_channels where template_id = ? order by channel_id";
constexpr std::string_view count_templates =
    "select count(*) from note_templates where organization_id = ? and removed_us is null";
constexpr std::string_view insert_template =
    "insert into note_templates (organization_id, name, fields, is_default, created_us) values (?, ?, ?, ?, "
    "?) "
    "returning id";
constexpr std::string_view update_template =
    "update note_templates set name = ?, fields = ?, is_default = ?, version = version + 1 where id = ? and "
    "organization_id = ?";
constexpr std::string_view clear_default =
    "update note_templates set is_default = 0, version = version + 1 where organization_id = ? and id <> ? "
    "and "
    "is_default = 1";
constexpr std::string_view remove_template =
    "update note_templates set removed_us = ?, is_default = 0 where id = ? and organization_id = ?";
constexpr std::string_view delete_channels = "delete from note_template_channels where template_id = ?";
constexpr std::string_view insert_channel =
    "insert into note_template_channels (template_id, channel_id) select ?, id from channels where id = ? "
    "and "
    "organization_id = ?";

struct Row {
  NoteTemplate value;
  std::string fields;
};
constexpr auto make_row = [](NoteTemplateId id, std::string name, std::string fields, bool is_default,
                             std::int64_t version) {
  return Row{
      .value = {.id = id, .content = {.name = std::move(name), .is_default = is_default}, .version = version},
      .fields = std::move(fields)};
};

Error no_template() {
  return make_error(Code::not_found, "there is no such note template");
}

Error stale() {
  return make_error(Code::conflict, "somebody edited this template meanwhile: load it again").named("stale");
}

Result<NoteTemplate> complete(Session& session, Row row) {
  LT_TRY(row.value.content.fields, parse_fields(row.fields), "reading note template {}", row.value.id);
  LT_TRY(row.value.content.channels, session.query(
                                         select_channels, [](ChannelId id) { return id; }, row.value.id));
  return std::move(row.value);
}

Result<NoteTemplate> get_row(Session& session, std::string_view sql, OrganizationId organization,
                             NoteTemplateId id) {
  LT_TRY(auto row, session.find(sql, make_row, organization, id));
  if (!row) return no_template();
  return complete(session, *std::move(row));
}

/// What the row itself does not hold.
Status write_rest(Session& session, OrganizationId organization, NoteTemplateId id,
                  const NoteTemplateContent& content) {
  if (content.is_default) LT_CHECK(session.execute(clear_default, organization, id));
  LT_CHECK(session.execute(delete_channels, id));
  for (const auto channel : content.channels) {
    LT_TRY(const auto added, session.execute(insert_channel, id, channel, organization));
    if (added == 0) return make_error(Code::not_found, "there is no such channel");
  }
  return {};
}

Error name_taken(const Error& error, const std::string& name) {
  if (error.code() != Code::conflict || error.text().find("note_templates.name") == std::string::npos)
    return error;
  return make_error(Code::conflict, "name: another template is called '{}'", name);
}

}  // namespace

Result<std::vector<NoteTemplate>> NoteTemplates::list(OrganizationId organization) const {
  return database_.read([&](Session& session) -> Result<std::vector<NoteTemplate>> {
    LT_TRY(auto rows, session.query(list_templates, make_row, organization));
    std::vector<NoteTemplate> out;
    for (auto& row : rows) {
      LT_TRY(auto one, complete(session, std::move(row)));
      out.push_back(std::move(one));
    }
    return out;
  });
}

Result<NoteTemplate> NoteTemplates::get(OrganizationId organization, NoteTemplateId id) const {
  return database_.read(
      [&](Session& session) { return get_row(session, select_template, organization, id); });
}

Result<NoteTemplate> NoteTemplates::get_ever(OrganizationId organization, NoteTemplateId id) const {
  return database_.read([&](Session& session) { return get_row(session, select_ever, organization, id); });
}

Result<NoteTemplate> NoteTemplates::create(OrganizationId organization, const NoteTemplateContent& content) {
  auto made = database_.write([&](Session& session) -> Result<NoteTemplate> {
    LT_TRY(const auto count, session.find(
                                 count_templates, [](std::size_t n) { return n; }, organization));
    if (count.value_or(0) >= most)
      return make_error(Code::conflict, "there are {} note templates already: remove one first", most);
    LT_TRY(const auto id, session.insert(insert_template, organization, content.name,
                                         format_fields(content.fields), content.is_default, clock_.now()));
    LT_CHECK(write_rest(session, organization, NoteTemplateId{id}, content));
    return get_row(session, select_template, organization, NoteTemplateId{id});
  });
  if (!made) return name_taken(made.error(), content.name);
  return made;
}

Result<NoteTemplate> NoteTemplates::update(OrganizationId organization, NoteTemplateId id,
                                           const NoteTemplateContent& content,
                                           std::optional<std::int64_t> expected_version) {
  auto edited = database_.write([&](Session& session) -> Result<NoteTemplate> {
    LT_TRY(const auto before, get_row(session, select_template, organization, id));
    if (expected_version && *expected_version != before.version) return stale();
    LT_CHECK(session.execute(update_template, content.name, format_fields(content.fields), content.is_default,
                             id, organization));
    LT_CHECK(write_rest(session, organization, id, content));
    return get_row(session, select_template, organization, id);
  });
  if (!edited) return name_taken(edited.error(), content.name);
  return edited;
}

Status NoteTemplates::remove(OrganizationId organization, NoteTemplateId id,
                             std::optional<std::int64_t> expected_version) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto before, get_row(session, select_template, organization, id));
    if (expected_version && *expected_version != before.version) return stale();
    LT_CHECK(session.execute(remove_template, clock_.now(), id, organization));
    return {};
  });
}

}  // namespace longtake::desk
