#pragma once
// What tests of views begin with: an archive that a test fills, and asks a day later.

#include <gtest/gtest.h>

#include "playback/footage.h"
#include "playback/playback.h"
#include "playback/testing/tape.h"

namespace longtake::playback::testing {

inline const WallTime noon = wall_from_us(1'795'000'000'000'000);

/// Empty where the view has none of that name.
inline std::string header(const View& view, std::string_view name) {
  for (const auto& [key, value] : view.headers)
    if (key == name) return value;
  return {};
}

struct FootageFixture : ::testing::Test {
  FakeArchive archive;
  FixedClock clock{noon + std::chrono::hours{24}};
  Footage footage{archive, clock};

  /// A whole run of `fragments`, each of 50 pictures: two seconds.
  void record_run(const Tape::Start& start, int fragments) {
    Tape tape{archive, start};
    tape.fragments(fragments, 50);
    tape.end();
  }
};

}  // namespace longtake::playback::testing
