#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <thread>

#include "storage/blobs/volume.h"

namespace longtake::storage::blobs {
namespace {

class LocalVolumeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto text = (std::filesystem::temp_directory_path() / "longtake-volume-XXXXXX").string();
    ASSERT_NE(::mkdtemp(text.data()), nullptr);
    folder_ = text;
    auto opened = open_local_volume({.folder = text, .direct_io = false});
    ASSERT_TRUE(opened.ok()) << opened.error().story();
    volume_ = std::move(*opened);
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::unique_ptr<Volume> volume_;
};

TEST_F(LocalVolumeTest, FoldersComeAndGoWithTheirFiles) {
  ASSERT_TRUE(volume_->create("1/clips/2026/11/1.mp4", WriteMode::buffered).ok());
  ASSERT_TRUE(volume_->create("1/clips/2026/11/2.mp4", WriteMode::buffered).ok());
  EXPECT_EQ(volume_->create("1/clips/2026/11/2.mp4", WriteMode::buffered).error().code(), Code::conflict);
  ASSERT_TRUE(volume_->move("1/clips/2026/11/2.mp4", "2/kept.mp4").ok());
  ASSERT_TRUE(volume_->remove("1/clips/2026/11/1.mp4").ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "1"));
  EXPECT_TRUE(volume_->status("2/kept.mp4").ok());
  EXPECT_TRUE(volume_->remove("2/kept.mp4").ok());
  EXPECT_TRUE(volume_->remove("2/kept.mp4").ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

// One clip is cut while the last other of its month is removed: its folder must not go from under it.
TEST_F(LocalVolumeTest, AFolderDoesNotGoWhileAnotherPutsAFileIntoIt) {
  constexpr int rounds = 300;  // even: the last round removes from the folder that moves leave empty
  std::array<Status, 3> ended;
  {
    std::array<std::jthread, 3> hands;
    for (std::size_t hand = 0; hand < hands.size(); ++hand)
      hands[hand] = std::jthread{[this, hand, &ended] {
        const auto mine = "clips/2026/11/" + std::to_string(hand) + ".mp4";
        const auto moved = "clips/2026/12/" + std::to_string(hand) + ".mp4";
        ended[hand] = [&]() -> Status {
          for (int round = 0; round < rounds; ++round) {
            LT_TRY(auto file, volume_->create(mine, WriteMode::buffered));
            if (round % 2 == 0) {
              LT_CHECK(volume_->move(mine, moved));
              LT_CHECK(volume_->remove(moved));
            } else {
              LT_CHECK(volume_->remove(mine));
            }
          }
          return {};
        }();
      }};
  }
  for (const auto& one : ended)
    EXPECT_TRUE(one.ok()) << one.error().story();
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

}  // namespace
}  // namespace longtake::storage::blobs
