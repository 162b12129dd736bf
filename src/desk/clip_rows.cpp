#include "desk/clip_rows.h"

#include <limits>
#include <utility>

#include "desk/note_index.h"
#include "storage/sql/text_index.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

/// A clip's place is its number: lists are in the order of making.
constexpr storage::sql::TextIndex clip_texts{"clips_text"};

constexpr std::string_view insert_tag = "insert into clip_tags (clip_id, tag, place) values (?, ?, ?)";
constexpr std::string_view delete_tags = "delete from clip_tags where clip_id = ?";
constexpr std::string_view select_tags = "select tag from clip_tags where clip_id = ? order by place";
#define CLIP_COLUMNS                                                                                         \
  "select c.id, c.organization_id, c.channel_id, ch.name, c.from_us, c.to_us, c.title, c.created_by, "       \
  "case when u.erased_us is null then u.name else '' end, coalesce(c.note_id, 0), c.created_us, c.version, " \
  "coalesce(c.job_id, 0), coalesce(j.state, ''), coalesce(j.progress, 0), case when j.run_after_us > "       \
  "j.created_us "                                                                                            \
  "then j.run_after_us else 0 end, "                                                                         \
  "coalesce(j.error, ''), coalesce(j.error_kind, ''), coalesce(c.path, ''), c.poster, c.bytes, "             \
  "c.shown_from_us, c.shown_to_us, c.missing, c.edges from clips c join channels ch on ch.id = "             \
  "c.channel_id join "                                                                                       \
  "users u on u.id = c.created_by left join jobs j on j.id = c.job_id where c.removed_us is null and "
constexpr std::string_view select_clip = CLIP_COLUMNS "c.organization_id = ? and c.id = ?";
constexpr std::string_view select_clips = CLIP_COLUMNS
    "c.organization_id = ? and c.id < ? and c.id >= ? and (? = 0 or c.channel_id = ?) and "
    "(? = 0 or c.created_by = ?) and (? = 0 or c.note_id = ?) and c.to_us > ? and c.from_us < ? and "
    "(? = '' or exists (select 1 from clip_tags t where t.clip_id = c.id and t.tag = ?)) "
    "order by c.id desc limit ?";
constexpr std::string_view select_by_author =
    CLIP_COLUMNS "c.created_by = ? and c.id > ? order by c.id limit ?";

/// A job that is claimed may find that it has to wait still: it cuts once it tells of progress.
Clip::State state_of(bool has_file, std::string_view job, unsigned progress) {
  if (has_file) return Clip::State::ready;
  if (job == "queued" || (job == "running" && progress == 0)) return Clip::State::queued;
  if (job == "running") return Clip::State::cutting;
  if (job == "cancelled") return Clip::State::cancelled;
  return Clip::State::failed;
}

constexpr auto make_clip =
    [](ClipId id, OrganizationId organization, ChannelId channel, std::string channel_name, WallTime from,
       WallTime to, std::string title, UserId author, std::string author_name, NoteId note, WallTime created,
       std::int64_t version, jobs::JobId job, std::string job_state, unsigned progress, WallTime not_before,
       std::string error, std::string error_kind, std::string path, std::string poster, std::uint64_t bytes,
       WallTime shown_from, WallTime shown_to, std::string missing, std::string edges) {
      const auto state = state_of(!path.empty(), job_state, progress);
      return Clip{.id = id,
                  .organization = organization,
                  .channel = channel,
                  .channel_name = std::move(channel_name),
                  .range = {from, to},
                  .title = std::move(title),
                  .edges = parse_edges(edges),
                  .author = author,
                  .author_name = std::move(author_name),
                  .note = note,
                  .created = created,
                  .version = version,
                  .state = state,
                  .progress = progress,
                  .error = std::move(error),
                  .error_kind = std::move(error_kind),
                  .job = job,
                  .not_before = not_before,
                  .bytes = bytes,
                  .path = std::move(path),
                  .poster = std::move(poster),
                  .shown = {shown_from, shown_to},
                  .missing = parse_missing(missing)};
    };

Result<std::vector<Clip>> with_tags(Session& session, Result<std::vector<Clip>> clips) {
  if (!clips) return clips;
  for (auto& clip : *clips) {
    LT_TRY(clip.tags, session.query(
                          select_tags, [](std::string tag) { return tag; }, clip.id));
  }
  return clips;
}

/// Of what is asked for, those in [`least`, `before`).
Result<std::vector<Clip>> select(Session& session, OrganizationId organization, const ClipQuery& query,
                                 ClipId least) {
  constexpr auto ever = std::numeric_limits<std::int64_t>::max();
  const auto before = query.before ? query.before : ClipId{ever};
  return with_tags(
      session, session.query(select_clips, make_clip, organization, before, least, query.channel,
                             query.channel, query.author, query.author, query.note, query.note,
                             query.from.value_or(wall_from_us(-ever)), query.to.value_or(wall_from_us(ever)),
                             query.tag, query.tag, query.limit));
}

/// What the index cannot tell is asked of each row it finds.
Result<std::vector<Clip>> search(Session& session, OrganizationId organization, const ClipQuery& query) {
  storage::sql::TextIndex::Question question{
      .marks = {mark_of(organization)}, .text = query.text, .limit = query.limit};
  if (query.channel) question.marks.push_back(mark_of(query.channel));
  if (query.author) question.marks.push_back(mark_of_author(query.author));
  if (!query.tag.empty()) question.marks.push_back(mark_of_tag(query.tag));
  if (query.before) question.before = query.before.value;
  std::vector<Clip> out;
  while (out.size() < query.limit) {
    LT_TRY(const auto places, clip_texts.find(session, question));
    for (const auto place : places) {
      auto one = query;
      one.before = ClipId{place + 1};
      one.limit = 1;
      LT_TRY(auto found, select(session, organization, one, ClipId{place}));
      if (!found.empty() && out.size() < query.limit) out.push_back(std::move(found.front()));
    }
    if (places.size() < question.limit) break;
    question.before = places.back();
  }
  return out;
}

}  // namespace

Result<Clip> get_clip(Session& session, OrganizationId organization, ClipId id) {
  LT_TRY(auto found, with_tags(session, session.query(select_clip, make_clip, organization, id)));
  if (found.empty()) return make_error(Code::not_found, "there is no such clip");
  return std::move(found.front());
}

Result<std::vector<Clip>> list_clips(Session& session, OrganizationId organization, const ClipQuery& query) {
  return query.text.find_first_not_of(" \t\r\n") == query.text.npos
             ? select(session, organization, query, ClipId{})
             : search(session, organization, query);
}

Result<std::vector<Clip>> clips_of_author(Session& session, UserId author, ClipId after, std::size_t limit) {
  return with_tags(session, session.query(select_by_author, make_clip, author, after, limit));
}

Status name_clip(Session& session, const Clip& clip) {
  LT_CHECK(session.execute(delete_tags, clip.id));
  LT_CHECK(clip_texts.drop(session, clip.id.value));
  storage::sql::TextIndex::Entry entry{
      .place = clip.id.value,
      .marks = {mark_of(clip.organization), mark_of(clip.channel), mark_of_author(clip.author)},
      .words = clip.title};
  for (std::size_t i = 0; i < clip.tags.size(); ++i) {
    LT_CHECK(session.execute(insert_tag, clip.id, clip.tags[i], i));
    entry.marks.push_back(mark_of_tag(clip.tags[i]));
    entry.words += ' ' + clip.tags[i];
  }
  // Whoever renames or erases the author changes it: the trigger `clips_text_author`.
  entry.words += ' ' + clip.author_name;
  return clip_texts.put(session, entry);
}

Status hide_clip(Session& session, ClipId id) {
  return clip_texts.drop(session, id.value);
}

}  // namespace longtake::desk
