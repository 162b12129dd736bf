// Files go with their clips, also when something stops halfway.
#include "desk/check.h"
#include "desk/clip_tries.h"
#include "desk/clips_fixture.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

class ClipFilesTest : public ClipsTest {};

TEST_F(ClipFilesTest, TheFileGoesWithTheClip) {
  const auto clip = make();
  cut(clip);
  const auto path = clips_.get(organization_, clip.id)->path;
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
  const auto path = clips_.get(organization_, clip.id)->path;
  // As a crash between the two leaves it.
  ASSERT_TRUE(database_
                  ->write([&](Session& s) -> Status {
                    LT_CHECK(s.execute("update clips set removed_us = 1 where id = ?", clip.id));
                    return {};
                  })
                  .ok());
  EXPECT_EQ(clips_.sweep().value(), 1);
  EXPECT_FALSE(volume_->status(path).ok());
  EXPECT_EQ(clips_.sweep().value(), 0);
}

TEST_F(ClipFilesTest, AFileThatCannotBeRemovedStopsNeitherTheRemovalNorTheSweepOfOthers) {
  const auto first = make();
  cut(first);
  const auto second = make();
  cut(second);
  stuck_ = clips_.get(organization_, first.id)->path;
  const auto free = clips_.get(organization_, second.id)->path;
  EXPECT_TRUE(clips_.remove(organization_, first.id).ok());
  EXPECT_EQ(clips_.get(organization_, first.id).error().code(), Code::not_found);
  ASSERT_TRUE(database_
                  ->write([&](Session& s) -> Status {
                    LT_CHECK(s.execute("update clips set removed_us = 1 where id = ?", second.id));
                    return {};
                  })
                  .ok());
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
  media::SliceList body;
  body.append(media::Bytes(10));
  const auto left = file_of_try(clip, {.job = clip.job, .tried = 5}, "mp4");
  ASSERT_TRUE(copy_blob(*volume_, left, body, {}).ok());
  ASSERT_TRUE(clips_.cancel(organization_, clip.id).ok());
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  EXPECT_FALSE(volume_->status(left).ok());
}

TEST_F(ClipFilesTest, CheckFindsRowsWithoutBytesAndFilesWithoutRows) {
  const auto clip = make();
  cut(clip);
  const auto path = clips_.get(organization_, clip.id)->path;
  const auto check = [&](const BlobCheck& options) {
    std::vector<std::string> out;
    const auto found = check_blobs(*volume_, *database_, clock_, options).value();
    out.reserve(found.size());
    for (const auto& finding : found)
      out.push_back(finding.thing + ": " + finding.problem);
    return out;
  };
  EXPECT_EQ(check({}), std::vector<std::string>{});
  media::SliceList body;
  body.append(media::Bytes(5));
  ASSERT_TRUE(copy_blob(*volume_, "1/clips/orphan.mp4", body, {}).ok());
  ASSERT_TRUE(copy_blob(*volume_, path, body, {}).ok());
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
