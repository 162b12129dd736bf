#include "archive/retention.h"

#include <algorithm>
#include <map>

namespace longtake::archive {
namespace {

using storage::sql::Session;

constexpr std::size_t batch = 64;
/// Below this part of the floor nothing new is recorded: what is left belongs to the database and to seals.
constexpr std::uint64_t reserve_part = 4;

Result<std::vector<RetentionRule>> rules(Session& session) {
  return session.query(
      "select id, removed_us is not null, retention_hours, retention_bytes from channels "
      "where removed_us is not null or retention_hours is not null or retention_bytes is not null",
      [](ChannelId id, bool removed, std::optional<std::int64_t> hours, std::optional<std::uint64_t> bytes) {
        RetentionRule rule{.channel = id, .removed = removed, .max_bytes = bytes};
        if (hours) rule.max_age = std::chrono::hours{*hours};
        return rule;
      });
}

}  // namespace

std::size_t count_expired(const RetentionRule& rule, const std::vector<rows::SegmentRow>& oldest,
                          std::uint64_t stored, WallTime now) {
  std::size_t count = 0;
  for (const auto& segment : oldest) {
    const bool old = rule.max_age && segment.range.to <= now - *rule.max_age;
    const bool over = rule.max_bytes && stored > *rule.max_bytes;
    if (!rule.removed && !old && !over) break;
    stored -= std::min(stored, segment.bytes);
    ++count;
  }
  return count;
}

Result<Retention::Outcome> Retention::apply() {
  Outcome outcome;
  LT_TRY(const auto all, parts_.database.read([](Session& s) { return rules(s); }));
  for (const auto& rule : all) {
    LT_TRY(const auto deleted, apply_rule(rule), "applying retention of channel {}", rule.channel);
    outcome.deleted += deleted;
  }
  LT_TRY(const auto freed, free_space(), "freeing space");
  outcome.deleted += freed;
  LT_TRY(const auto space, parts_.volume.space());
  outcome.no_room = space.free < parts_.options.min_free_bytes / reserve_part;
  const bool low = space.free < parts_.options.min_free_bytes;
  if (low && !warned_)
    parts_.log.warn("free space is below its floor and nothing more can be deleted",
                    {{"free_bytes", space.free}, {"floor_bytes", parts_.options.min_free_bytes}});
  warned_ = low;
  return outcome;
}

Result<std::size_t> Retention::apply_rule(const RetentionRule& rule) {
  std::size_t deleted = 0;
  while (true) {
    LT_TRY(auto oldest,
           parts_.database.read([&](Session& s) { return rows::oldest_segments(s, rule.channel, batch); }));
    std::uint64_t stored = 0;
    if (const auto channel = parts_.channels.find(rule.channel)) {
      const std::lock_guard lock{channel->mutex};
      stored = channel->stored;
    }
    const auto count = count_expired(rule, oldest, stored, parts_.clock.now());
    const bool more = count == oldest.size() && count == batch;
    oldest.resize(count);
    if (!oldest.empty()) LT_CHECK(remove(oldest));
    deleted += count;
    if (!more) break;
  }
  return deleted;
}

Result<std::size_t> Retention::free_space() {
  std::size_t deleted = 0;
  while (true) {
    LT_TRY(const auto space, parts_.volume.space());
    if (space.free >= parts_.options.min_free_bytes) break;
    LT_TRY(auto oldest, parts_.database.read([](Session& s) { return rows::oldest_segments(s, batch); }));
    if (oldest.empty()) break;
    // A little past the floor, so that the next seconds of recording do not ask again.
    auto missing = parts_.options.min_free_bytes - space.free;
    std::size_t count = 0;
    while (count < oldest.size() && missing > 0)
      missing -= std::min(missing, oldest[count++].bytes);
    oldest.resize(count);
    LT_CHECK(remove(oldest));
    deleted += count;
  }
  return deleted;
}

Status Retention::forget_rows(const std::vector<rows::SegmentRow>& segments) {
  std::map<ChannelId, WallTime> expired;
  for (const auto& segment : segments) {
    auto& to = expired.try_emplace(segment.channel, segment.range.to).first->second;
    to = std::max(to, segment.range.to);
  }
  return parts_.database.write([&](Session& s) -> Status {
    for (const auto& segment : segments)
      LT_CHECK(rows::delete_segment(s, segment.id));
    for (const auto& [channel, to] : expired) {
      LT_CHECK(rows::set_expired(s, channel, to));
      LT_CHECK(rows::delete_gaps_before(s, channel, to));
      LT_CHECK(rows::delete_empty_runs(s, channel));
    }
    return {};
  });
}

Status Retention::remove(const std::vector<rows::SegmentRow>& segments) {
  LT_CHECK(forget_rows(segments));
  std::map<ChannelId, std::uint64_t> freed;
  std::map<ChannelId, WallTime> expired;
  for (const auto& segment : segments) {
    parts_.views.forget(segment.id);
    for (const auto& path : {segment.path, rows::index_path(segment.path)})
      if (auto gone = parts_.volume.remove(path); !gone.ok())
        parts_.log.warn("file of deleted footage stays behind; mend: longtake check --repair",
                        {{"file", path}, {"error", gone.error().story()}});
    freed[segment.channel] += segment.bytes;
    auto& to = expired.try_emplace(segment.channel, segment.range.to).first->second;
    to = std::max(to, segment.range.to);
  }
  for (const auto& [id, bytes] : freed) {
    LT_TRY(const auto oldest, parts_.database.read([&, id = id](Session& s) {
      return rows::first_footage_after(s, id, WallTime::min());
    }));
    const auto channel = parts_.channels.get(id);
    {
      const std::lock_guard lock{channel->mutex};
      channel->stored -= std::min(channel->stored, bytes);
      channel->recording.expired = expired[id];
      channel->oldest = oldest;
      for (const auto& live : channel->segments)
        if (!live->summary.sealed && (!channel->oldest || live->summary.range.from < *channel->oldest))
          channel->oldest = live->summary.range.from;
      if (!channel->oldest) channel->newest.reset();
    }
    parts_.listeners.tell({LiveEvent::Kind::deleted, id});
  }
  parts_.log.info("footage deleted by retention", {{"segments", segments.size()}});
  return {};
}

}  // namespace longtake::archive
