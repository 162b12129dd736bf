#include "desk/screenshots.h"

#include <limits>
#include <random>

#include "desk/blobs.h"
#include "desk/note_rows.h"

namespace longtake::desk {
namespace {

using playback::Playback;
using storage::sql::Session;

constexpr std::string_view insert_screenshot =
    "insert into screenshots (organization_id, channel_id, at_us, created_by, created_us, path, bytes, "
    "note_id) values (?, ?, ?, ?, ?, ?, ?, ?) returning id";
#define SCREENSHOT_COLUMNS                                                                                 \
  "select s.id, s.organization_id, s.channel_id, c.name, s.at_us, s.created_by, "                          \
  "case when u.erased_us is null then u.name else '' end, coalesce(s.note_id, 0), s.created_us, s.bytes, " \
  "coalesce(s.path, '') "                                                                                  \
  "from screenshots s join channels c on c.id = s.channel_id join users u on u.id = s.created_by "         \
  "where s.removed_us is null and "
constexpr std::string_view select_screenshot = SCREENSHOT_COLUMNS "s.organization_id = ? and s.id = ?";
constexpr std::string_view select_screenshots = SCREENSHOT_COLUMNS
    "s.organization_id = ? and s.id < ? and (? = 0 or s.channel_id = ?) and (? = 0 or s.created_by = ?) and "
    "(? = 0 or s.note_id = ?) and s.at_us >= ? and s.at_us < ? order by s.id desc limit ?";
constexpr std::string_view select_by_author =
    SCREENSHOT_COLUMNS "s.created_by = ? and s.id > ? order by s.id limit ?";
constexpr std::string_view attach_screenshot =
    "update screenshots set note_id = ? where id = ? and organization_id = ?";
constexpr std::string_view remove_screenshot =
    "update screenshots set removed_us = ? where id = ? and organization_id = ? and removed_us is null";
constexpr std::string_view forget_file = "update screenshots set path = null where id = ?";
constexpr std::string_view select_unswept =
    "select id, path from screenshots where removed_us is not null and path is not null";

constexpr auto make_screenshot = [](ScreenshotId id, OrganizationId organization, ChannelId channel,
                                    std::string channel_name, WallTime at, UserId author,
                                    std::string author_name, NoteId note, WallTime created,
                                    std::uint64_t bytes, std::string path) {
  return Screenshot{.id = id,
                    .organization = organization,
                    .channel = channel,
                    .channel_name = std::move(channel_name),
                    .at = at,
                    .author = author,
                    .author_name = std::move(author_name),
                    .note = note,
                    .created = created,
                    .bytes = bytes,
                    .path = std::move(path)};
};

/// The file is there before its row has a number.
std::string make_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}.png", random(), random(), random());
}

/// When the picture itself begins.
Result<WallTime> instant_of(const playback::View& picture) {
  for (const auto& [name, value] : picture.headers)
    if (name == "Longtake-Instant") return parse_rfc3339(value);
  return make_error(Code::internal, "a picture without an instant");
}

Result<Screenshot> get_screenshot(Session& session, OrganizationId organization, ScreenshotId id) {
  LT_TRY(auto found, session.find(select_screenshot, make_screenshot, organization, id));
  if (!found) return make_error(Code::not_found, "there is no such screenshot");
  return *std::move(found);
}

}  // namespace

Result<Screenshot> Screenshots::keep(OrganizationId organization, const Moment& moment) {
  LT_TRY(const auto picture,
         playback_.frame(moment.channel, {.at = moment.at, .format = Playback::Format::png}));
  LT_TRY(const auto at, instant_of(picture));
  const auto now = clock_.now();
  const auto path =
      blob_path({.organization = organization, .kind = "screenshots", .created = now, .name = make_name()});
  LT_CHECK(copy_blob(volume_, path, picture.body, {}), "keeping a picture of channel {}", moment.channel);
  auto kept = database_.write([&](Session& session) -> Result<Screenshot> {
    LT_CHECK(check_note(session, organization, moment.note));
    LT_TRY(const auto id, session.insert(insert_screenshot, organization, moment.channel, at, moment.author,
                                         now, path, picture.body.size(), unless_none(moment.note)));
    return get_screenshot(session, organization, ScreenshotId{id});
  });
  if (!kept) static_cast<void>(volume_.remove(path));
  return kept;
}

Result<Screenshot> Screenshots::get(OrganizationId organization, ScreenshotId id) const {
  return database_.read([&](Session& session) { return get_screenshot(session, organization, id); });
}

Result<std::vector<Screenshot>> Screenshots::list(OrganizationId organization,
                                                  const ScreenshotQuery& query) const {
  constexpr auto ever = std::numeric_limits<std::int64_t>::max();
  const auto before = query.before ? query.before : ScreenshotId{ever};
  return database_.read([&](Session& session) {
    return session.query(select_screenshots, make_screenshot, organization, before, query.channel,
                         query.channel, query.author, query.author, query.note, query.note,
                         query.from.value_or(wall_from_us(-ever)), query.to.value_or(wall_from_us(ever)),
                         query.limit);
  });
}

Result<Screenshot> Screenshots::attach(OrganizationId organization, ScreenshotId id, NoteId note) {
  return database_.write([&](Session& session) -> Result<Screenshot> {
    LT_CHECK(check_note(session, organization, note));
    LT_CHECK(session.execute(attach_screenshot, unless_none(note), id, organization));
    return get_screenshot(session, organization, id);
  });
}

Result<std::vector<Screenshot>> Screenshots::taken_by(UserId author, ScreenshotId after,
                                                      std::size_t limit) const {
  return database_.read([&](Session& session) {
    return session.query(select_by_author, make_screenshot, author, after, limit);
  });
}

Status Screenshots::remove(OrganizationId organization, ScreenshotId id) {
  LT_TRY(const auto gone, database_.write([&](Session& session) -> Result<Screenshot> {
    LT_TRY(auto found, get_screenshot(session, organization, id));
    LT_CHECK(session.execute(remove_screenshot, clock_.now(), id, organization));
    return found;
  }));
  if (const auto removed = remove_file(gone.id, gone.path); !removed)
    log_.warn("file of a removed screenshot stays behind",
              {{"screenshot", id}, {"error", removed.error().story()}});
  return {};
}

Status Screenshots::remove_file(ScreenshotId id, const std::string& path) {
  LT_CHECK(volume_.remove(path), "removing {} of screenshot {}", path, id);
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute(forget_file, id));
    return {};
  });
}

Result<std::int64_t> Screenshots::sweep() {
  struct Left {
    ScreenshotId id;
    std::string path;
  };
  LT_TRY(const auto all, database_.read([](Session& session) {
    return session.query(select_unswept, [](ScreenshotId id, std::string path) {
      return Left{id, std::move(path)};
    });
  }));
  std::int64_t swept = 0;
  for (const auto& left : all) {
    const auto removed = remove_file(left.id, left.path);
    if (removed)
      ++swept;
    else
      log_.error("file of a removed screenshot cannot be removed",
                 {{"screenshot", left.id}, {"error", removed.error().story()}});
  }
  return swept;
}

}  // namespace longtake::desk
