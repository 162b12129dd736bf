#pragma once
// What tests begin with that look at the pictures of a view.

#include "playback/testing/footage_fixture.h"
#include "playback/testing/real_footage.h"

namespace longtake::playback::testing {

struct RealFootageFixture : FootageFixture {
  TempFolder folder;

  void record(const Clip& clip, const Recording& recording = {.begin = noon}) {
    const auto path = folder / "clip.ts";
    make_clip(path, clip);
    testing::record(archive, path, recording);
  }
};

}  // namespace longtake::playback::testing
