// Files go with their clips, also when something stops halfway.
#include "desk/check.h"
#include "desk/clip_tries.h"
#include "desk/clips_fixture.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

class ClipFilesTest : public ClipsTest {
 protected:
  std::string path_of(const Clip& clip) { return clips_.get(organization_, clip.id)->path; }
  /// As a crash leaves a clip between its row and its file.
  void remove_row(const Clip& clip) {
    const auto done = database_->write(
        [&](Session& s) { return s.execute("update clips set removed_us = 1 where id = ?", clip.id); });
    ASSERT_TRUE(done.ok()) << done.error().story();
  }
};

TEST_F(ClipFilesTest, TheFileGoesWithTheClip) {
  const auto clip = make();
  cut(clip);
  const auto path = path_of(clip);
  ASSERT_TRUE(volume_->status(path).ok());
  EXPECT_EQ(clips_.remove(other_, clip.id).error().code(), Code::not_found);
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  EXPECT_FALSE(volume_->status(path).ok());
  EXPECT_EQ(clips_.get(organization_, clip.id).error().code(), Code::not_found);
  EXPECT_EQ(clips_.sweep().value(), 0);
}

TEST_F(ClipFilesTest, AFileWhoseRowWentFirstIsSwept) {
  const auto clip = make();
  cut(clip);
  const auto path = path_of(clip);
  remove_row(clip);
  EXPECT_EQ(clips_.sweep().value(), 1);
  EXPECT_FALSE(volume_->status(path).ok());
  EXPECT_EQ(clips_.sweep().value(), 0);
}

TEST_F(ClipFilesTest, AFileThatCannotBeRemovedStopsNeitherTheRemovalNorTheSweepOfOthers) {
  const auto first = make();
  cut(first);
  const auto second = make();
  cut(second);
  stuck_ = path_of(first);
  const auto free = path_of(second);
  EXPECT_TRUE(clips_.remove(organization_, first.id).ok());
  EXPECT_EQ(clips_.get(organization_, first.id).error().code(), Code::not_found);
  remove_row(second);
  const auto swept = clips_.sweep();
  ASSERT_TRUE(swept.ok()) << swept.error().story();
  EXPECT_EQ(*swept, 1);
  EXPECT_FALSE(volume_->status(free).ok());
  EXPECT_TRUE(volume_->status(stuck_).ok());
  stuck_.clear();
  EXPECT_EQ(clips_.sweep().value(), 1) << "another start, another try";
}

TEST_F(ClipFilesTest, WhatACrashLeftOfAClipGoesWithIt) {
  const auto clip = make();
  const auto left = file_of_try(clip, {.job = clip.job, .tried = 5}, "mp4");
  write(left, 10);
  ASSERT_TRUE(clips_.cancel(organization_, clip.id).ok());
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  EXPECT_FALSE(volume_->status(left).ok());
}

TEST_F(ClipFilesTest, CheckFindsRowsWithoutBytesAndFilesWithoutRows) {
  const auto clip = make();
  cut(clip);
  const auto path = path_of(clip);
  const auto check = [&](const BlobCheck& options) {
    std::vector<std::string> out;
    const auto found = check_blobs(*volume_, *database_, clock_, options).value();
    out.reserve(found.size());
    for (const auto& finding : found)
      out.push_back(finding.thing + ": " + finding.problem);
    return out;
  };
  EXPECT_EQ(check({}), std::vector<std::string>{});
  write("1/clips/orphan.mp4", 5);
  write(path, 5);
  EXPECT_EQ(check({}), (std::vector<std::string>{"blobs/" + path + ": file has 5 bytes, its row says 10",
                                                 "blobs/1/clips/orphan.mp4: unknown file"}));
  ASSERT_TRUE(volume_->remove(path).ok());
  EXPECT_EQ(check({.repair = true}),
            (std::vector<std::string>{"blobs/" + path + ": file is missing",
                                      "blobs/1/clips/orphan.mp4: unknown file, moved to quarantine"}));
  EXPECT_TRUE(volume_->status("quarantine/1/clips/orphan.mp4").ok());
  EXPECT_EQ(check({}), std::vector<std::string>{"blobs/" + path + ": file is missing"});
}

}  // namespace
}  // namespace longtake::desk
