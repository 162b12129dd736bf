#include "io/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace longtake::io {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "longtake-file-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Path folder;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

TEST(OsError, SaysWhatToDo) {
  EXPECT_EQ(os_error(ENOSPC, "write", "a").code(), Code::full);
  EXPECT_EQ(os_error(EDQUOT, "write", "a").code(), Code::full);
  EXPECT_EQ(os_error(EACCES, "open", "a").code(), Code::forbidden);
  EXPECT_EQ(os_error(EROFS, "open", "a").code(), Code::forbidden);
  EXPECT_EQ(os_error(ENOENT, "open", "a").code(), Code::not_found);
  EXPECT_EQ(os_error(EEXIST, "open", "a").code(), Code::conflict);
  EXPECT_EQ(os_error(EMFILE, "open", "a").code(), Code::unavailable);
  EXPECT_EQ(os_error(EACCES, "open", "/x/y").text(),
            "cannot open /x/y: Permission denied: give the user that runs this program access to it");
}

TEST_F(FileTest, WritesAndReadsAtOffsets) {
  const auto file =
      open_file(folder / "a", {.access = Access::read_write, .create = Create::must_be_new}).value();
  ASSERT_TRUE(write_at(file, 3, bytes_of("defg")).ok());
  ASSERT_TRUE(write_at(file, 0, bytes_of("abc")).ok());
  ASSERT_TRUE(sync_data(file).ok());
  ASSERT_TRUE(sync_all(file).ok());
  std::string text(7, ' ');
  ASSERT_TRUE(read_exactly_at(file, 0, std::as_writable_bytes(std::span{text})).ok());
  EXPECT_EQ(text, "abcdefg");
  EXPECT_EQ(read_at(file, 5, std::as_writable_bytes(std::span{text})).value(), 2u);
  const auto beyond = read_exactly_at(file, 5, std::as_writable_bytes(std::span{text}));
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().code(), Code::unavailable);
  ASSERT_TRUE(truncate_file(file, 2).ok());
  EXPECT_EQ(status_of(file).value().size, 2u);
}

TEST_F(FileTest, CreateModes) {
  EXPECT_EQ(open_file(folder / "a").error().code(), Code::not_found);
  ASSERT_TRUE(open_file(folder / "a", {.access = Access::write, .create = Create::if_missing}).ok());
  EXPECT_EQ(open_file(folder / "a", {.access = Access::write, .create = Create::must_be_new}).error().code(),
            Code::conflict);
  ASSERT_TRUE(replace_file(folder / "a", "text").ok());
  EXPECT_EQ(read_text(folder / "a").value(), "text");
  ASSERT_TRUE(open_file(folder / "a", {.access = Access::write, .create = Create::truncate}).ok());
  EXPECT_EQ(read_text(folder / "a").value(), "");
}

TEST_F(FileTest, ReservesSpaceWithoutChangingTheSize) {
  const auto file = open_file(folder / "a", {.access = Access::write, .create = Create::must_be_new}).value();
  ASSERT_TRUE(allocate(file, 0, 1 << 20).ok());
  EXPECT_EQ(status_of(file).value().size, 0u);
}

TEST_F(FileTest, RenamesListsAndRemoves) {
  ASSERT_TRUE(make_folders(folder / "x" / "y").ok());
  ASSERT_TRUE(make_folders(folder / "x" / "y").ok());
  ASSERT_TRUE(replace_file(folder / "x" / "b", "1").ok());
  ASSERT_TRUE(rename_file(folder / "x" / "b", folder / "x" / "a").ok());
  ASSERT_TRUE(sync_folder(folder / "x").ok());
  const auto entries = list_folder(folder / "x").value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_TRUE(entries[0].is_regular);
  EXPECT_EQ(entries[1].name, "y");
  EXPECT_TRUE(entries[1].is_folder);
  EXPECT_TRUE(remove_file(folder / "x" / "a").ok());
  EXPECT_TRUE(remove_file(folder / "x" / "a").ok());
  EXPECT_EQ(list_folder(folder / "z").error().code(), Code::not_found);
  ASSERT_TRUE(replace_file(folder / "f", "1").ok());
  EXPECT_FALSE(make_folders(folder / "f" / "g").ok());
}

TEST_F(FileTest, ReplaceKeepsModeAndLeavesNothingBeside) {
  ASSERT_TRUE(replace_file(folder / "key", "old", 0600).ok());
  ASSERT_TRUE(replace_file(folder / "key", "new", 0600).ok());
  EXPECT_EQ(read_text(folder / "key").value(), "new");
  EXPECT_EQ(list_folder(folder).value().size(), 1u);
  EXPECT_EQ(std::filesystem::status(folder / "key").permissions(), std::filesystem::perms{0600});
}

TEST_F(FileTest, ReadTextHasALimit) {
  ASSERT_TRUE(replace_file(folder / "a", std::string(100, 'x')).ok());
  EXPECT_EQ(read_text(folder / "a", 100).value().size(), 100u);
  EXPECT_EQ(read_text(folder / "a", 99).error().code(), Code::full);
  EXPECT_FALSE(read_text(folder).ok());
  EXPECT_FALSE(read_text("/proc/self/status").value().empty());
}

TEST_F(FileTest, MeasuresTheVolume) {
  const auto space = volume_space(folder).value();
  EXPECT_GT(space.total, space.free);
  EXPECT_GT(space.free, 0u);
  EXPECT_EQ(volume_space(folder / "none").error().code(), Code::not_found);
}

TEST_F(FileTest, ProbesDirectWritesAndTheyWork) {
  const auto direct = probe_direct_io(folder).value();
  EXPECT_TRUE(list_folder(folder).value().empty()) << "the probe leaves nothing behind";
  if (!direct.supported) GTEST_SKIP() << "this volume has no O_DIRECT";
  EXPECT_GE(direct.alignment, 512u);
  const auto file =
      open_file(folder / "a", {.access = Access::read_write, .create = Create::must_be_new, .direct = true})
          .value();
  AlignedBuffer buffer{direct.alignment * 2, direct.alignment};
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % direct.alignment, 0u);
  std::memset(buffer.data(), 'x', buffer.size());
  ASSERT_TRUE(write_at(file, direct.alignment, buffer.span()).ok());
  EXPECT_EQ(read_text(folder / "a").value().substr(direct.alignment), std::string(buffer.size(), 'x'));
  EXPECT_EQ(probe_direct_io(folder / "none").error().code(), Code::not_found);
}

}  // namespace
}  // namespace longtake::io
