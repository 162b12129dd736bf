#include "desk/coverage.h"

#include <algorithm>
#include <map>
#include <set>

#include "desk/stop.h"
#include "storage/sql/database.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr std::string_view select_channel =
    "select count(*) from channels where id = ? and organization_id = ? and removed_us is null";
constexpr std::string_view select_minute =
    "select id, from_us, to_us, shown_from_us, shown_to_us from viewing_facts where user_id = ? and "
    "shown_from_us >= ? and shown_from_us < ? and channel_id = ? and organization_id = ? and speed = ? and "
    "mode = ? order by shown_from_us desc, id desc";
constexpr std::string_view insert_fact =
    "insert into viewing_facts (organization_id, user_id, channel_id, from_us, to_us, shown_from_us, "
    "shown_to_us, speed, mode) values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view update_fact =
    "update viewing_facts set from_us = ?, to_us = ?, shown_from_us = ?, shown_to_us = ? where id = ?";
// No fact is longer than `longest_footage`: the index of beginnings finds what reaches into a range.
constexpr std::string_view select_reviewed =
    "select user_id, from_us, to_us from viewing_facts where channel_id = ? and from_us > ? and from_us < ? "
    "and "
    "to_us > ? and organization_id = ? and (? = 0 or user_id = ?) order by user_id, from_us";
constexpr std::string_view select_shown =
    "select user_id, channel_id, from_us, to_us, shown_to_us - shown_from_us from viewing_facts where "
    "organization_id = ? and shown_from_us >= ? and shown_from_us < ? and (? = 0 or user_id = ?) "
    "order by user_id, channel_id, from_us";
constexpr std::string_view select_played =
    "select f.channel_id, f.from_us, f.to_us, f.shown_from_us, f.shown_to_us from viewing_facts f "
    "join channels c on c.id = f.channel_id where f.user_id = ? and f.shown_from_us >= ? and "
    "f.organization_id = ? and f.to_us > ? and f.speed <> 0 and c.removed_us is null";
// The footage is added up as it was shown: what was seen twice counts twice.
constexpr std::string_view select_days =
    "select shown_from_us / 86400000000 * 86400000000, channel_id, sum(to_us - from_us), sum(shown_to_us - "
    "shown_from_us) from viewing_facts where user_id = ? group by 1, 2 order by 1, 2";
constexpr std::string_view select_name =
    "select case when erased_us is null then name else '' end from users where id = ?";
constexpr std::string_view delete_old =
    "delete from viewing_facts where id in (select id from viewing_facts where user_id in (select id from "
    "users) and shown_from_us < ? limit ?)";
/// Recording's rows wait for a write no longer than this many deletions take.
constexpr std::int64_t at_once = 5'000;

Status check_channel(Session& session, OrganizationId organization, ChannelId channel) {
  LT_TRY(const auto count, session.find(
                               select_channel, [](std::int64_t n) { return n; }, channel, organization));
  if (count.value_or(0) == 0) return make_error(Code::not_found, "there is no such channel");
  return {};
}

Result<std::string> name_of(Session& session, UserId user) {
  LT_TRY(auto name, session.find(
                        select_name, [](std::string text) { return text; }, user));
  return std::move(name).value_or("");
}

struct Fact {
  std::int64_t id;
  WallRange footage, shown;
};

/// The fact of the same minute that `next` continues grows; else it is one of its own. True: something
/// changed.
Result<bool> put(Session& session, const Coverage::Viewer& viewer, const Viewing& next) {
  const auto minute = minute_of(next.shown.from);
  const auto make_fact = [](std::int64_t id, WallTime from, WallTime to, WallTime shown_from,
                            WallTime shown_to) {
    return Fact{id, {from, to}, {shown_from, shown_to}};
  };
  LT_TRY(const auto facts,
         session.query(select_minute, make_fact, viewer.user, minute, minute + std::chrono::minutes{1},
                       next.channel, viewer.organization, next.speed, to_string(next.mode)));
  for (const auto& fact : facts) {
    auto before = next;
    before.footage = fact.footage;
    before.shown = fact.shown;
    const auto both = joined(before, next);
    if (!both) continue;
    if (*both == before) return false;
    LT_CHECK(session.execute(update_fact, both->footage.from, both->footage.to, both->shown.from,
                             both->shown.to, fact.id));
    return true;
  }
  LT_CHECK(session.execute(insert_fact, viewer.organization, viewer.user, next.channel, next.footage.from,
                           next.footage.to, next.shown.from, next.shown.to, next.speed,
                           to_string(next.mode)));
  return true;
}

struct Seen {
  UserId user;
  WallRange footage;
};

Result<std::vector<Seen>> seen_of(Session& session, OrganizationId organization, ChannelId channel,
                                  WallRange range, UserId only) {
  return session.query(
      select_reviewed,
      [](UserId user, WallTime from, WallTime to) {
        return Seen{user, {from, to}};
      },
      channel, range.from - longest_footage, range.to, range.from, organization, only, only);
}

}  // namespace

Result<std::vector<ChannelId>> Coverage::report(const Viewer& viewer, const std::vector<Viewing>& reports) {
  std::vector<Viewing> facts;
  for (const auto& one : reports) {
    LT_TRY(const auto recorded, recorded_(one.channel, one.footage));
    for (auto& fact : facts_of(one, recorded))
      facts.push_back(fact);
  }
  return database_.write([&](Session& session) -> Result<std::vector<ChannelId>> {
    for (const auto& one : reports)
      LT_CHECK(check_channel(session, viewer.organization, one.channel));
    std::set<ChannelId> changed;
    for (const auto& fact : facts) {
      LT_TRY(const bool news, put(session, viewer, fact));
      if (news) changed.insert(fact.channel);
    }
    return std::vector<ChannelId>{changed.begin(), changed.end()};
  });
}

Result<std::vector<Coverage::Reviewed>> Coverage::of_channel(OrganizationId organization, ChannelId channel,
                                                             WallRange range) const {
  return database_.read([&](Session& session) -> Result<std::vector<Reviewed>> {
    LT_CHECK(check_channel(session, organization, channel));
    LT_TRY(const auto seen, seen_of(session, organization, channel, range, UserId{}));
    std::vector<Reviewed> out;
    for (const auto& one : seen) {
      if (out.empty() || out.back().user != one.user)
        out.push_back({.user = one.user, .name = {}, .ranges = {}});
      out.back().ranges.push_back(one.footage);
    }
    for (auto& person : out) {
      person.ranges = clipped(united(std::move(person.ranges)), range);
      LT_TRY(person.name, name_of(session, person.user));
    }
    return out;
  });
}

Result<std::optional<WallRange>> Coverage::uncovered(OrganizationId organization,
                                                     const Question& question) const {
  const WallRange range{question.at, std::min(clock_.now() + clocks_apart, question.at + looks_ahead)};
  LT_TRY(const auto seen, database_.read([&](Session& session) -> Result<std::vector<Seen>> {
    LT_CHECK(check_channel(session, organization, question.channel));
    if (range.empty()) return std::vector<Seen>{};
    return seen_of(session, organization, question.channel, range, question.by);
  }));
  if (range.empty()) return std::optional<WallRange>{};
  LT_TRY(const auto recorded, recorded_(question.channel, range));
  Ranges covered;
  for (const auto& one : seen)
    covered.push_back(one.footage);
  for (const auto& rest : without(recorded, united(std::move(covered))))
    if (rest.length() >= worth_a_look) return std::optional{rest};
  return std::optional<WallRange>{};
}

Result<std::vector<Coverage::Total>> Coverage::totals(OrganizationId organization, WallRange shown,
                                                      UserId only) const {
  struct Row {
    UserId user;
    ChannelId channel;
    WallRange footage;
    std::int64_t shown_us;
  };
  const auto make_row = [](UserId user, ChannelId channel, WallTime from, WallTime to, std::int64_t us) {
    return Row{user, channel, {from, to}, us};
  };
  return database_.read([&](Session& session) -> Result<std::vector<Total>> {
    LT_TRY(const auto rows,
           session.query(select_shown, make_row, organization, shown.from, shown.to, only, only));
    std::vector<Total> out;
    ChannelId channel;
    WallTime until;
    for (const auto& row : rows) {
      if (out.empty() || out.back().user != row.user) {
        out.push_back({.user = row.user, .name = {}});
        channel = ChannelId{};
      }
      auto& total = out.back();
      total.shown += Micros{row.shown_us};
      const auto from = row.channel == channel ? std::max(until, row.footage.from) : row.footage.from;
      if (row.footage.to > from) total.reviewed += row.footage.to - from;
      until = row.channel == channel ? std::max(until, row.footage.to) : row.footage.to;
      channel = row.channel;
    }
    for (auto& total : out) {
      LT_TRY(total.name, name_of(session, total.user));
    }
    return out;
  });
}

Result<std::vector<Coverage::Position>> Coverage::positions(const Viewer& viewer) const {
  const auto now = clock_.now();
  const auto since = now - stops_within;
  LT_TRY(const auto rows, database_.read([&](Session& session) {
    return session.query(
        select_played,
        [](ChannelId channel, WallTime from, WallTime to, WallTime shown_from, WallTime shown_to) {
          return std::pair{channel, Played{{from, to}, {shown_from, shown_to}}};
        },
        viewer.user, since, viewer.organization, since);
  }));
  std::map<ChannelId, std::vector<Played>> own;
  for (const auto& [channel, played] : rows)
    own[channel].push_back(played);
  std::vector<Position> out;
  for (auto& [channel, played] : own) {
    const auto recorded = [this, id = channel](WallRange range) { return recorded_(id, range); };
    LT_TRY(const auto stop, find_stop(std::move(played), now + clocks_apart, recorded));
    if (stop) out.push_back({.channel = channel, .at = stop->at, .shown = stop->shown});
  }
  return out;
}

Result<std::vector<Coverage::Day>> Coverage::days(UserId user) const {
  return database_.read([&](Session& session) {
    return session.query(
        select_days,
        [](WallTime day, ChannelId channel, std::int64_t reviewed, std::int64_t shown) {
          return Day{day, channel, Micros{reviewed}, Micros{shown}};
        },
        user);
  });
}

Result<std::int64_t> Coverage::expire() {
  const auto before = clock_.now() - options_.keep;
  std::int64_t removed = 0;
  for (std::int64_t some = at_once; some == at_once; removed += some) {
    LT_TRY(some,
           database_.write([&](Session& session) { return session.execute(delete_old, before, at_once); }));
  }
  return removed;
}

}  // namespace longtake::desk
