#include "archive/rows.h"

#include <fmt/format.h>

namespace longtake::archive::rows {
namespace {

// Concatenated at compile time by the statements below.
#define SEGMENT_COLUMNS                                                                               \
  "select s.id, s.channel_id, s.run_id, r.number, s.sequence, s.first_fragment, s.fragments, "        \
  "s.anchor_media_us, s.anchor_wall_us, s.from_us, s.to_us, s.bytes, s.index_bytes, s.state, s.path " \
  "from segments s join runs r on r.id = s.run_id "

constexpr auto to_segment = [](SegmentId id, ChannelId channel, RunId run, std::uint32_t number,
                               std::uint32_t sequence, std::uint64_t first_fragment, std::uint64_t fragments,
                               MediaTime anchor_media, WallTime anchor_wall, WallTime from, WallTime to,
                               std::uint64_t bytes, std::uint64_t index_bytes, std::string state,
                               std::string path) {
  return SegmentRow{.id = id,
                    .channel = channel,
                    .run = run,
                    .run_number = number,
                    .sequence = sequence,
                    .first_fragment = first_fragment,
                    .fragments = fragments,
                    .anchor = {.media = anchor_media, .wall = anchor_wall},
                    .range = {from, to},
                    .bytes = bytes,
                    .index_bytes = index_bytes,
                    .sealed = state == "sealed",
                    .path = std::move(path)};
};

constexpr auto to_gap = [](GapId id, ChannelId channel, WallTime from, std::optional<WallTime> to,
                           std::string cause, std::string detail) {
  return GapRow{id, channel, from, to, parse_gap_cause(cause), std::move(detail)};
};

/// Statements that change rows say how many; most callers do not care.
Status drop_count(Result<std::int64_t> result) {
  if (!result.ok()) return std::move(result).error();
  return {};
}

const char* state_of(const SegmentRow& segment) {
  return segment.sealed ? "sealed" : "open";
}

}  // namespace

SegmentSummary SegmentRow::summary() const {
  return {.id = id,
          .channel = channel,
          .run = run,
          .sequence = sequence,
          .first_fragment = first_fragment,
          .run_number = run_number,
          .anchor = anchor,
          .range = range,
          .bytes = bytes,
          .sealed = sealed};
}

std::string index_path(const std::string& segment_path) {
  return segment_path.substr(0, segment_path.rfind('.')) + ".idx";
}

Status insert_run(Session& session, const RunRow& run) {
  return drop_count(session.execute(
      "insert into runs (id, organization_id, channel_id, number, started_us, tracks) "
      "select ?, organization_id, id, ?, ?, ? from channels where id = ? on conflict (id) do nothing",
      run.id, run.number, run.started, run.tracks, run.channel));
}

Status end_run(Session& session, RunId run, WallTime ended) {
  return drop_count(session.execute("update runs set ended_us = ? where id = ?", ended, run));
}

Status insert_segment(Session& session, const SegmentRow& s) {
  return drop_count(session.execute(
      "insert into segments (id, channel_id, run_id, sequence, first_fragment, fragments, anchor_media_us, "
      "anchor_wall_us, from_us, to_us, bytes, index_bytes, state, path) "
      "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      s.id, s.channel, s.run, s.sequence, s.first_fragment, s.fragments, s.anchor.media, s.anchor.wall,
      s.range.from, s.range.to, s.bytes, s.index_bytes, state_of(s), s.path));
}

Status update_segment(Session& session, const SegmentRow& s) {
  return drop_count(session.execute(
      "update segments set first_fragment = ?, fragments = ?, from_us = ?, to_us = ?, bytes = ?, "
      "index_bytes = ?, state = ? where id = ?",
      s.first_fragment, s.fragments, s.range.from, s.range.to, s.bytes, s.index_bytes, state_of(s), s.id));
}

Status delete_segment(Session& session, SegmentId id) {
  return drop_count(session.execute("delete from segments where id = ?", id));
}

Status delete_empty_runs(Session& session, ChannelId channel) {
  return drop_count(
      session.execute("delete from runs where channel_id = ? and ended_us is not null "
                      "and not exists (select 1 from segments s where s.run_id = runs.id)",
                      channel));
}

Status save_gap(Session& session, const GapRow& g) {
  return drop_count(session.execute(
      "insert into gaps (id, channel_id, from_us, to_us, cause, detail) values (?, ?, ?, ?, ?, ?) "
      "on conflict (id) do update set from_us = excluded.from_us, to_us = excluded.to_us, "
      "cause = excluded.cause, detail = excluded.detail",
      g.id, g.channel, g.from, g.to, to_string(g.cause), g.detail));
}

Status delete_gap(Session& session, GapId id) {
  return drop_count(session.execute("delete from gaps where id = ?", id));
}

Status move_gap_start(Session& session, ChannelId channel, WallTime from, WallTime to) {
  return drop_count(
      session.execute("update gaps set from_us = ? where channel_id = ? and from_us = ?", to, channel, from));
}

Result<std::optional<WallTime>> last_gap_end(Session& session, ChannelId channel) {
  LT_TRY(const auto found, session.find(
                               "select max(to_us) from gaps where channel_id = ?",
                               [](std::optional<WallTime> to) { return to; }, channel));
  return found.value_or(std::nullopt);
}

Status delete_gaps_before(Session& session, ChannelId channel, WallTime to) {
  return drop_count(session.execute("delete from gaps where channel_id = ? and from_us < ? and to_us <= ?",
                                    channel, to, to));
}

Status save_recording(Session& session, const RecordingRow& r) {
  return drop_count(session.execute(
      "insert into recordings (channel_id, last_sequence, fragments, runs, first_us, expired_us) "
      "values (?, ?, ?, ?, ?, ?) on conflict (channel_id) do update set "
      "last_sequence = excluded.last_sequence, fragments = excluded.fragments, runs = excluded.runs, "
      "first_us = excluded.first_us",
      r.channel, r.last_sequence, r.fragments, r.runs, r.first, r.expired));
}

Status raise_fragments(Session& session, ChannelId channel, std::uint64_t fragments) {
  return drop_count(
      session.execute("update recordings set fragments = ? where channel_id = ? and fragments < ?", fragments,
                      channel, fragments));
}

Status set_expired(Session& session, ChannelId channel, WallTime to) {
  return drop_count(
      session.execute("update recordings set expired_us = ? where channel_id = ?", to, channel));
}

Result<std::int64_t> take_ids(Session& session, std::string_view name, std::int64_t count) {
  LT_TRY(const auto next,
         session.insert("update id_blocks set next = next + ? where name = ? returning next", count, name));
  return next - count;
}

Result<std::vector<SegmentRow>> segments_around(Session& session, ChannelId channel, WallRange range) {
  // Ranges of a channel never overlap and grow with the sequence, so two seeks find both ends.
  return session.query(
      SEGMENT_COLUMNS
      "where s.channel_id = ? and s.from_us >= coalesce((select max(from_us) from segments where "
      "channel_id = ? and from_us < ?), ?) and s.from_us <= coalesce((select min(from_us) from segments "
      "where channel_id = ? and from_us >= ?), ?) order by s.from_us, s.sequence",
      to_segment, channel, channel, range.from, range.from, channel, range.to, range.to);
}

Result<std::optional<SegmentRow>> find_segment(Session& session, ChannelId channel, SegmentId id) {
  return session.find(SEGMENT_COLUMNS "where s.id = ? and s.channel_id = ?", to_segment, id, channel);
}

Result<std::vector<SegmentRow>> open_segments(Session& session) {
  return session.query(SEGMENT_COLUMNS "where s.state = 'open' order by s.channel_id, s.sequence",
                       to_segment);
}

Result<std::vector<SegmentRow>> segments_after(Session& session, ChannelId channel, std::uint32_t after,
                                               std::size_t limit) {
  return session.query(SEGMENT_COLUMNS
                       "where s.channel_id = ? and s.sequence > ? order by s.sequence limit ?",
                       to_segment, channel, after, limit);
}

Result<std::vector<SegmentRow>> oldest_segments(Session& session, ChannelId channel, std::size_t limit) {
  return session.query(SEGMENT_COLUMNS
                       "where s.channel_id = ? and s.state = 'sealed' order by s.from_us, s.sequence limit ?",
                       to_segment, channel, limit);
}

Result<std::vector<SegmentRow>> oldest_segments(Session& session, std::size_t limit) {
  return session.query(SEGMENT_COLUMNS "where s.state = 'sealed' order by s.to_us, s.id limit ?", to_segment,
                       limit);
}

Result<std::vector<GapRow>> gaps_in(Session& session, ChannelId channel, WallRange range) {
  return session.query(
      "select id, channel_id, from_us, to_us, cause, detail from gaps where channel_id = ? and from_us < ? "
      "and (to_us is null or to_us > ?) order by from_us",
      to_gap, channel, range.to, range.from);
}

Result<std::vector<GapRow>> open_gaps(Session& session) {
  return session.query(
      "select id, channel_id, from_us, to_us, cause, detail from gaps where to_us is null order by id",
      to_gap);
}

Result<std::vector<RecordingRow>> recordings(Session& session) {
  return session.query(
      "select channel_id, last_sequence, fragments, runs, first_us, expired_us from recordings "
      "order by channel_id",
      [](ChannelId channel, std::uint32_t last_sequence, std::uint64_t fragments, std::uint32_t runs,
         std::optional<WallTime> first, std::optional<WallTime> expired) {
        return RecordingRow{channel, last_sequence, fragments, runs, first, expired};
      });
}

Result<std::vector<UnendedRun>> unended_runs(Session& session) {
  return session.query("select id, channel_id from runs where ended_us is null order by id",
                       [](RunId run, ChannelId channel) {
                         return UnendedRun{run, channel};
                       });
}

Result<std::optional<WallTime>> first_footage_after(Session& session, ChannelId channel, WallTime t) {
  LT_TRY(const auto found, session.find(
                               "select min(from_us) from segments where channel_id = ? and to_us > ?",
                               [](std::optional<WallTime> from) { return from; }, channel, t));
  return found.value_or(std::nullopt);
}

Result<bool> channel_exists(Session& session, ChannelId channel) {
  LT_TRY(const auto found,
         session.find(
             "select 1 from channels where id = ?", [](std::int64_t one) { return one; }, channel));
  return found.has_value();
}

Result<std::uint32_t> highest_run_number(Session& session, ChannelId channel) {
  LT_TRY(const auto found, session.find(
                               "select coalesce(max(number), 0) from runs where channel_id = ?",
                               [](std::uint32_t number) { return number; }, channel));
  return found.value_or(0);
}

Result<std::int64_t> next_id(Session& session, std::string_view name) {
  return session.insert("select next from id_blocks where name = ?", name);
}

Result<Extent> extent(Session& session, ChannelId channel) {
  LT_TRY(const auto found,
         session.find(
             "select min(from_us), max(to_us), coalesce(sum(bytes), 0) from segments "
             "where channel_id = ?",
             [](std::optional<WallTime> from, std::optional<WallTime> to, std::uint64_t bytes) {
               return Extent{from, to, bytes};
             },
             channel));
  return found.value_or(Extent{});
}

Status raise_next_id(Session& session, std::string_view name, std::int64_t next) {
  return drop_count(
      session.execute("update id_blocks set next = ? where name = ? and next < ?", next, name, next));
}

Status renumber(Session& session, SegmentId id, std::uint32_t sequence) {
  return drop_count(session.execute("update segments set sequence = ? where id = ?", sequence, id));
}

Status make_channel(Session& session, ChannelId channel, const std::string& name, WallTime now) {
  return drop_count(session.execute(
      "insert into channels (id, organization_id, name, source_sealed, audio, rtsp_transport, "
      "segment_seconds, enabled, created_us) select ?, min(id), ?, '', 'convert', 'tcp', 900, 0, ? "
      "from organizations where not exists (select 1 from channels where id = ?) having min(id) is not null",
      channel, name, now, channel));
}

Result<std::vector<ChannelId>> channels_with_segments(Session& session) {
  return session.query(
      "select id from channels where exists (select 1 from segments where channel_id = channels.id) "
      "order by id",
      [](ChannelId id) { return id; });
}

Result<std::vector<GapRow>> impossible_gaps(Session& session) {
  return session.query(
      "select id, channel_id, from_us, to_us, cause, detail from gaps g where to_us <= from_us or "
      "(to_us is null and exists (select 1 from gaps h where h.channel_id = g.channel_id and "
      "h.to_us is null and h.id > g.id)) order by id",
      to_gap);
}

Result<bool> path_is_known(Session& session, const std::string& segment_path) {
  LT_TRY(const auto found,
         session.find(
             "select 1 from segments where path = ?", [](std::int64_t one) { return one; }, segment_path));
  return found.has_value();
}

Result<std::optional<RunRow>> find_run(Session& session, RunId run) {
  return session.find(
      "select id, channel_id, number, started_us, tracks from runs where id = ?",
      [](RunId id, ChannelId channel, std::uint32_t number, WallTime started, std::string tracks) {
        return RunRow{id, channel, number, started, std::move(tracks)};
      },
      run);
}

}  // namespace longtake::archive::rows
