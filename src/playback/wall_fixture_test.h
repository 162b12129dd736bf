#pragma once
// What tests of the wall's fragments begin with.

#include "playback/wall.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "playback/testing/boxes.h"
#include "playback/testing/footage_fixture.h"

namespace longtake::playback {

using namespace std::chrono_literals;
using testing::Fragmented;
using testing::header;
using testing::noon;
using testing::read_fragmented;
using testing::Shot;
using testing::Tape;

constexpr std::int64_t hour_ticks = 3600LL * 90000;

inline WallTime covered(const View& view) {
  return parse_rfc3339(header(view, "Longtake-Covered-To")).value();
}
inline Fragmented read(const View& view) {
  return read_fragmented(view.body.read_all().value());
}
inline std::set<std::uint64_t> numbers(const std::vector<Shot>& shots) {
  std::set<std::uint64_t> out;
  for (const auto& shot : shots)
    out.insert(shot.number);
  return out;
}
inline std::set<std::uint64_t> count_to(std::uint64_t n) {
  std::set<std::uint64_t> out;
  for (std::uint64_t i = 0; i < n; ++i)
    out.insert(i);
  return out;
}

struct WallTest : testing::FootageFixture {
  Playback::WallQuery query(WallTime from, std::optional<WallTime> to) const {
    Playback::WallQuery q;
    q.range = {from, to};
    q.base = noon - 1h;
    q.init = false;
    return q;
  }
  View ask(const Playback::WallQuery& q) {
    auto view = render_wall(footage, archive.channel, q);
    EXPECT_TRUE(view.ok()) << (view.ok() ? "" : view.error().story());
    return std::move(view).value();
  }
};

/// Walks a range by Covered-To and gathers what came.
struct Walk {
  std::map<std::uint64_t, Shot> video;
  std::map<std::uint64_t, Shot> audio;
  std::size_t repeats = 0, changed = 0;
  std::size_t requests = 0;
};
inline Walk walk(WallTest& test, Playback::WallQuery q, Micros step, WallTime end, bool by_covered) {
  Walk out;
  for (auto from = q.range.from; from < end && out.requests < 1000;) {
    q.range = {from, from + step};
    const auto view = test.ask(q);
    ++out.requests;
    const auto media = read(view);
    const auto take = [&](const std::vector<Shot>& shots, std::map<std::uint64_t, Shot>& into) {
      for (const auto& shot : shots) {
        const auto [known, added] = into.emplace(shot.number, shot);
        if (added) continue;
        ++out.repeats;
        if (!(known->second == shot)) ++out.changed;
      }
    };
    take(media.video, out.video);
    take(media.audio, out.audio);
    from = by_covered ? covered(view) : from + step;
  }
  return out;
}

}  // namespace longtake::playback
