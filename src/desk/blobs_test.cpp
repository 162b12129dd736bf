#include "desk/blobs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "desk/cut_time.h"

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;

class BlobsTest : public ::testing::Test {
 protected:
  BlobsTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("longtake-blobs-{}-{}", ::getpid(), reinterpret_cast<std::uintptr_t>(this))),
        volume_(
            std::move(*storage::blobs::open_local_volume({.folder = folder_.string(), .direct_io = false}))) {
  }
  ~BlobsTest() override { std::filesystem::remove_all(folder_); }

  static media::SliceList body_of(std::size_t size) {
    media::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    media::SliceList out;
    out.append(std::move(bytes));
    return out;
  }
  std::size_t files() const {
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      n += entry.is_regular_file();
    return n;
  }

  std::filesystem::path folder_;
  std::unique_ptr<storage::blobs::Volume> volume_;
  const std::string path_ = "3/clips/2026/01/12.mp4";
};

TEST_F(BlobsTest, PathsNameOrganizationKindAndMonth) {
  EXPECT_EQ(blob_path({.organization = OrganizationId{3},
                       .kind = "clips",
                       .created = *parse_rfc3339("2026-01-31T23:59:59.999Z"),
                       .name = "12.mp4"}),
            path_);
}

TEST_F(BlobsTest, ACopyIsWhole) {
  const auto body = body_of(3'500'000);
  std::uint64_t last = 0;
  const auto copied = copy_blob(*volume_, path_, body, {.progress = [&](std::uint64_t done) {
    EXPECT_GT(done, last);
    last = done;
  }});
  ASSERT_TRUE(copied.ok()) << copied.error().story();
  EXPECT_EQ(*copied, Copied::whole);
  EXPECT_EQ(last, body.size());
  const auto stored = open_blob(*volume_, path_);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->read_all().value(), body.read_all().value());
}

TEST_F(BlobsTest, WhatAnEarlierTryLeftGoes) {
  ASSERT_TRUE(copy_blob(*volume_, path_, body_of(5000), {}).ok());
  ASSERT_TRUE(copy_blob(*volume_, path_, body_of(300), {}).ok());
  EXPECT_EQ(open_blob(*volume_, path_)->size(), 300u);
}

TEST_F(BlobsTest, AStoppedCopyLeavesNothing) {
  int pieces = 0;
  const auto copied =
      copy_blob(*volume_, path_, body_of(5'000'000),
                {.stopped = [&] { return pieces == 2; }, .progress = [&](std::uint64_t) { ++pieces; }});
  ASSERT_TRUE(copied.ok());
  EXPECT_EQ(*copied, Copied::stopped);
  EXPECT_EQ(files(), 0u);
}

TEST_F(BlobsTest, AFailedCopyLeavesNothing) {
  media::SliceList body = body_of(100);
  auto file = io::open_file("/dev/null");
  ASSERT_TRUE(file.ok());
  body.append(media::FileSlice{.file = io::share(std::move(*file)), .offset = 0, .size = 10});
  EXPECT_FALSE(copy_blob(*volume_, path_, body, {}).ok());
  EXPECT_EQ(files(), 0u);
}

TEST(PauseOfCopy, KeepsToTheRate) {
  EXPECT_EQ(pause_of_copy(1'000'000, 0, 0s), 0s);
  EXPECT_EQ(pause_of_copy(0, 1000, 0s), 0s);
  EXPECT_EQ(pause_of_copy(3000, 1000, 1s), 2s);
  EXPECT_EQ(pause_of_copy(3000, 1000, 4s), 0s);
}

TEST(CutTime, WaitsForWhatIsStillToCome) {
  const WallTime to = wall_from_us(1'000'000'000'000);
  const auto recorded = [&](Micros now, std::optional<Micros> newest, bool live) {
    return Recorded{
        .now = to + now, .newest = newest ? std::optional{to + *newest} : std::nullopt, .live = live};
  };
  EXPECT_EQ(wait_to_cut(to, recorded(-5s, -9s, true)), to) << "the end lies ahead";
  EXPECT_EQ(wait_to_cut(to, recorded(-5s, -9s, false)), to) << "and the channel may come back";
  EXPECT_EQ(wait_to_cut(to, recorded(3s, -2s, true)), to + 4s) << "pictures are on their way";
  EXPECT_EQ(wait_to_cut(to, recorded(3s, 0s, true)), std::nullopt);
  EXPECT_EQ(wait_to_cut(to, recorded(3s, 5s, true)), std::nullopt);
  EXPECT_EQ(wait_to_cut(to, recorded(-3s, 5s, true)), std::nullopt) << "its clock is ahead of ours";
  EXPECT_EQ(wait_to_cut(to, recorded(1s, -60s, false)), to + 2s) << "a break: it may come back";
  EXPECT_EQ(wait_to_cut(to, recorded(longest_break, -60s, false)), std::nullopt) << "it did not";
  auto stopped = recorded(1s, -60s, false);
  stopped.wanted = false;
  EXPECT_EQ(wait_to_cut(to, stopped), std::nullopt) << "nothing more will come";
  EXPECT_EQ(wait_to_cut(to, recorded(longest_delay, -60s, true)), std::nullopt) << "that is late enough";
  EXPECT_EQ(wait_to_cut(to, recorded(longest_break, {}, false)), std::nullopt);
}

}  // namespace
}  // namespace longtake::desk
