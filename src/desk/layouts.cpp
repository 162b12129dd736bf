#include "desk/layouts.h"

#include "storage/sql/database.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr std::string_view layout_columns =
    "select id, name, grid, updated_us, version from layouts where organization_id = ? and user_id = ?";
constexpr std::string_view insert_layout =
    "insert into layouts (organization_id, user_id, name, grid, created_us, updated_us) values (?, ?, ?, ?, "
    "?, ?) "
    "returning id";
constexpr std::string_view update_layout =
    "update layouts set name = ?, grid = ?, updated_us = ?, version = version + 1 where id = ?";
constexpr std::string_view delete_layout =
    "delete from layouts where organization_id = ? and user_id = ? and id = ?";
constexpr std::string_view count_layouts =
    "select count(*) from layouts where organization_id = ? and user_id = ?";
constexpr std::string_view select_taken =
    "select count(*) from layouts where organization_id = ? and user_id = ? and name = ? and id <> ?";
constexpr std::string_view select_channels =
    "select l.channel_id from layout_channels l join channels c on c.id = l.channel_id "
    "where l.layout_id = ? and c.removed_us is null order by l.place";
constexpr std::string_view insert_channel =
    "insert into layout_channels (layout_id, place, channel_id) select ?, ?, id from channels "
    "where id = ? and organization_id = ? and removed_us is null";
constexpr std::string_view delete_channels = "delete from layout_channels where layout_id = ?";

constexpr auto make_layout = [](LayoutId id, std::string name, std::int64_t grid, WallTime updated,
                                std::int64_t version) {
  return Layout{.id = id,
                .name = std::move(name),
                .grid = static_cast<int>(grid),
                .channels = {},
                .updated = updated,
                .version = version};
};

Status fill(Session& session, Layout& layout) {
  LT_TRY(layout.channels, session.query(
                              select_channels, [](ChannelId id) { return id; }, layout.id));
  return {};
}

Result<Layout> get_row(Session& session, const Layouts::Owner& owner, LayoutId id) {
  static const auto sql = fmt::format("{} and id = ?", layout_columns);
  LT_TRY(auto found, session.find(sql, make_layout, owner.organization, owner.user, id));
  if (!found) return make_error(Code::not_found, "there is no such layout");
  LT_CHECK(fill(session, *found));
  return *std::move(found);
}

Status check_free(Session& session, const Layouts::Owner& owner, const std::string& name, LayoutId id) {
  LT_TRY(const auto taken,
         session.find(
             select_taken, [](std::int64_t n) { return n; }, owner.organization, owner.user, name, id));
  if (taken.value_or(0) > 0)
    return make_error(Code::conflict, "you have a layout '{}' already: choose another name", name);
  return {};
}

Status put_channels(Session& session, const Layouts::Owner& owner, LayoutId id,
                    const std::vector<ChannelId>& channels) {
  LT_CHECK(session.execute(delete_channels, id));
  std::int64_t place = 0;
  for (const auto channel : channels) {
    LT_TRY(const auto put, session.execute(insert_channel, id, place, channel, owner.organization));
    if (put == 0) return make_error(Code::not_found, "there is no such channel");
    ++place;
  }
  return {};
}

}  // namespace

Result<Layout> Layouts::create(const Owner& owner, const NewLayout& layout) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Result<Layout> {
    LT_TRY(const auto count,
           session.find(
               count_layouts, [](std::int64_t n) { return n; }, owner.organization, owner.user));
    if (count.value_or(0) >= static_cast<std::int64_t>(most_of_one_person))
      return make_error(Code::conflict, "{} layouts are the most one person keeps: remove one first",
                        most_of_one_person);
    LT_CHECK(check_free(session, owner, layout.name, LayoutId{}));
    LT_TRY(const auto id, session.insert(insert_layout, owner.organization, owner.user, layout.name,
                                         std::int64_t{layout.grid}, now, now));
    LT_CHECK(put_channels(session, owner, LayoutId{id}, layout.channels));
    return get_row(session, owner, LayoutId{id});
  });
}

Result<std::vector<Layout>> Layouts::list(const Owner& owner, const Page& page) const {
  static const auto sql = fmt::format("{} and id > ? order by id limit ?", layout_columns);
  return database_.read([&](Session& session) -> Result<std::vector<Layout>> {
    LT_TRY(auto rows,
           session.query(sql, make_layout, owner.organization, owner.user, page.after, page.limit));
    for (auto& row : rows)
      LT_CHECK(fill(session, row));
    return rows;
  });
}

Result<Layout> Layouts::get(const Owner& owner, LayoutId id) const {
  return database_.read([&](Session& session) { return get_row(session, owner, id); });
}

Result<Layout> Layouts::edit(const Owner& owner, LayoutId id, const LayoutEdit& edit) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Result<Layout> {
    LT_TRY(const auto before, get_row(session, owner, id));
    if (edit.expected_version && *edit.expected_version != before.version)
      return make_error(Code::conflict, "this layout was edited meanwhile: load it again").named("stale");
    const auto& name = edit.name.value_or(before.name);
    LT_CHECK(check_free(session, owner, name, id));
    LT_CHECK(session.execute(update_layout, name, std::int64_t{edit.grid.value_or(before.grid)}, now, id));
    if (edit.channels) LT_CHECK(put_channels(session, owner, id, *edit.channels));
    return get_row(session, owner, id);
  });
}

Status Layouts::remove(const Owner& owner, LayoutId id) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto removed, session.execute(delete_layout, owner.organization, owner.user, id));
    if (removed == 0) return make_error(Code::not_found, "there is no such layout");
    return {};
  });
}

}  // namespace longtake::desk
