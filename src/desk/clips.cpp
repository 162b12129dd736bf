#include "desk/clips.h"

#include <limits>
#include <utility>

#include "access/shares.h"
#include "desk/blobs.h"
#include "desk/clip_rows.h"
#include "desk/clip_tries.h"
#include "desk/note_rows.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_clip =
    "insert into clips (organization_id, channel_id, from_us, to_us, title, edges, created_by, created_us, "
    "note_id) select c.organization_id, c.id, ?, ?, ?, ?, ?, ?, ? from channels c "
    "where c.id = ? and c.organization_id = ? and c.removed_us is null returning id";
constexpr std::string_view set_job = "update clips set job_id = ? where id = ?";
constexpr std::string_view update_clip =
    "update clips set title = ?, note_id = ?, version = version + 1 where id = ? and organization_id = ? and "
    "version = ?";
constexpr std::string_view remove_clip =
    "update clips set removed_us = ? where id = ? and organization_id = ?";
constexpr std::string_view keep_clip =
    "update clips set path = ?, poster = ?, bytes = ?, shown_from_us = ?, shown_to_us = ?, missing = ? "
    "where id = ? and removed_us is null and path is null";
constexpr std::string_view forget_files = "update clips set path = null, poster = '' where id = ?";
constexpr std::string_view select_unswept =
    "select id, path, poster from clips where removed_us is not null and path is not null";

constexpr std::string_view delete_old_jobs =
    "delete from jobs where id in (select j.id from jobs j where j.kind = ? and "
    "j.state in ('done', 'failed', 'cancelled') and j.ended_us < ? and not exists (select 1 from clips c "
    "where c.job_id = j.id and c.path is null and c.removed_us is null) limit ?)";
/// Recording's rows wait for a write no longer than this many deletions take.
constexpr std::int64_t at_once = 1'000;

constexpr CutTry after_all_tries{.job = jobs::JobId{std::numeric_limits<std::int64_t>::max()}};

Error too_many(unsigned most) {
  return make_error(Code::full, "{} clips are being cut or wait already: try again when some are ready", most)
      .named("too-many-clips");
}

}  // namespace

Result<Clip> Clips::enqueue(Session& session, const Clip& clip) const {
  LT_TRY(const auto open, queue_.count_open(session, clip.organization, job_kind));
  if (open >= static_cast<std::int64_t>(options_.waiting)) return too_many(options_.waiting);
  // What is not recorded yet is not looked for before its time.
  const auto run_after = std::max(clock_.now(), clip.range.to);
  LT_TRY(const auto job, queue_.enqueue(session, {.organization = clip.organization,
                                                  .kind = std::string{job_kind},
                                                  .thing = fmt::format("clip/{}", clip.id),
                                                  .run_after = run_after}));
  LT_CHECK(session.execute(set_job, job, clip.id));
  return get_clip(session, clip.organization, clip.id);
}

Result<std::vector<Clip>> Clips::create(OrganizationId organization, const NewClips& wanted) {
  if (wanted.range.empty()) return make_error(Code::invalid, "to: must be after `from`");
  if (wanted.range.length() > options_.longest)
    return make_error(Code::invalid, "to: a clip is at most {} minutes long", options_.longest.count());
  const auto now = clock_.now();
  if (wanted.range.to > now + furthest)
    return make_error(Code::invalid, "to: at most {} minutes ahead of now", furthest.count());
  auto made = database_.write([&](Session& session) -> Result<std::vector<Clip>> {
    LT_CHECK(check_note(session, organization, wanted.note));
    std::vector<Clip> out;
    for (const auto channel : wanted.channels) {
      LT_TRY(const auto id, session.find(
                                insert_clip, [](ClipId i) { return i; }, wanted.range.from, wanted.range.to,
                                wanted.title, std::string{to_string(wanted.edges)}, wanted.author, now,
                                unless_none(wanted.note), channel, organization));
      if (!id) return make_error(Code::not_found, "there is no such channel");
      LT_TRY(auto clip, get_clip(session, organization, *id));
      clip.tags = wanted.tags;
      LT_CHECK(name_clip(session, clip));
      LT_TRY(auto queued, enqueue(session, clip));
      if (wanted.record) LT_CHECK(wanted.record(session, queued));
      out.push_back(std::move(queued));
    }
    return out;
  });
  if (made) queue_.wake();
  return made;
}

Result<Clip> Clips::get(OrganizationId organization, ClipId id) const {
  return database_.read([&](Session& session) { return get_clip(session, organization, id); });
}

void Clips::tell(OrganizationId organization, ClipId id, const std::function<void(Clip)>& listener) const {
  std::lock_guard lock{telling_};
  // One that was removed meanwhile has been told of.
  if (auto clip = get(organization, id)) listener(std::move(*clip));
}

Result<std::vector<Clip>> Clips::list(OrganizationId organization, const ClipQuery& query) const {
  return database_.read([&](Session& session) { return list_clips(session, organization, query); });
}

Result<std::vector<Clip>> Clips::cut_by(UserId author, ClipId after, std::size_t limit) const {
  return database_.read([&](Session& session) { return clips_of_author(session, author, after, limit); });
}

Result<Clip> Clips::edit(OrganizationId organization, ClipId id, const Edit& edit) {
  return database_.write([&](Session& session) -> Result<Clip> {
    LT_TRY(auto clip, get_clip(session, organization, id));
    if (edit.expected_version.value_or(clip.version) != clip.version)
      return make_error(Code::conflict, "somebody edited this clip meanwhile: load it again").named("stale");
    if (edit.note != clip.note) LT_CHECK(check_note(session, organization, edit.note));
    LT_CHECK(
        session.execute(update_clip, edit.title, unless_none(edit.note), id, organization, clip.version));
    clip.title = edit.title;
    clip.tags = edit.tags;
    LT_CHECK(name_clip(session, clip));
    return get_clip(session, organization, id);
  });
}

Status Clips::remove(OrganizationId organization, ClipId id) {
  LT_TRY(const auto clip, database_.write([&](Session& session) -> Result<Clip> {
    LT_TRY(auto found, get_clip(session, organization, id));
    LT_CHECK(queue_.cancel(session, organization, found.job));
    LT_CHECK(session.execute(remove_clip, clock_.now(), id, organization));
    LT_CHECK(hide_clip(session, id));
    LT_CHECK(access::Shares::revoke_all(session, organization, id, clock_.now()));
    return found;
  }));
  queue_.wake();
  if (const auto removed = remove_files(clip); !removed)
    log_.warn("files of a removed clip stay behind", {{"clip", id}, {"error", removed.error().story()}});
  return {};
}

Result<Clip> Clips::retry(OrganizationId organization, ClipId id) {
  auto clip = database_.write([&](Session& session) -> Result<Clip> {
    LT_TRY(const auto found, get_clip(session, organization, id));
    if (found.state != Clip::State::failed && found.state != Clip::State::cancelled)
      return make_error(Code::conflict, "this clip is {}: only one that failed is cut again",
                        to_string(found.state));
    return enqueue(session, found);
  });
  if (clip) queue_.wake();
  return clip;
}

Result<Clip> Clips::cancel(OrganizationId organization, ClipId id) {
  auto clip = database_.write([&](Session& session) -> Result<Clip> {
    LT_TRY(const auto found, get_clip(session, organization, id));
    LT_TRY(const bool cancelled, queue_.cancel(session, organization, found.job));
    if (!cancelled)
      return make_error(Code::conflict, "this clip is {}: there is nothing to cancel",
                        to_string(found.state));
    return get_clip(session, organization, id);
  });
  if (clip) queue_.wake();
  return clip;
}

Status Clips::keep(Session& session, ClipId id, const Cut& cut) const {
  LT_TRY(const auto changed, session.execute(keep_clip, cut.path, cut.poster, cut.bytes, cut.shown.from,
                                             cut.shown.to, format_missing(cut.missing), id));
  if (changed == 1) return {};
  return make_error(Code::conflict, "clip {} was removed or is there already", id).named("lease-lost");
}

/// Of a clip whose row is removed. One that is being cut clears up after itself.
Status Clips::remove_files(const Clip& clip) {
  if (clip.state == Clip::State::cutting) return {};
  if (!clip.is_ready()) return clear_tries(volume_, clip, after_all_tries);
  return remove_files(clip.id, clip.path, clip.poster);
}

Status Clips::remove_files(ClipId id, const std::string& path, const std::string& poster) {
  LT_CHECK(volume_.remove(path), "removing {} of clip {}", path, id);
  if (!poster.empty()) LT_CHECK(volume_.remove(poster), "removing {} of clip {}", poster, id);
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute(forget_files, id));
    return {};
  });
}

Result<std::int64_t> Clips::sweep() {
  struct Left {
    ClipId id;
    std::string path, poster;
  };
  LT_TRY(const auto all, database_.read([](Session& session) {
    return session.query(select_unswept, [](ClipId id, std::string path, std::string poster) {
      return Left{id, std::move(path), std::move(poster)};
    });
  }));
  std::int64_t swept = 0;
  for (const auto& left : all) {
    const auto removed = remove_files(left.id, left.path, left.poster);
    if (removed)
      ++swept;
    else
      log_.error("files of a removed clip cannot be removed",
                 {{"clip", left.id}, {"error", removed.error().story()}});
  }
  return swept;
}

Result<std::int64_t> Clips::forget_jobs() {
  const auto before = clock_.now() - kept_jobs;
  std::int64_t removed = 0;
  for (std::int64_t some = at_once; some == at_once; removed += some) {
    LT_TRY(some, database_.write([&](Session& session) {
      return session.execute(delete_old_jobs, job_kind, before, at_once);
    }));
  }
  return removed;
}

}  // namespace longtake::desk
