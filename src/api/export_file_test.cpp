#include "api/export_file.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace longtake::api {
namespace {

TEST(ExportFile, HoldsWhatWasWrittenAndLeavesNoName) {
  const auto folder = std::filesystem::temp_directory_path() / "longtake-export-test";
  std::filesystem::create_directories(folder);
  auto file = ExportFile::make(folder.string());
  ASSERT_TRUE(file.ok()) << file.error().story();
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  ASSERT_TRUE(file->write("one,").ok());
  ASSERT_TRUE(file->write("two").ok());
  const auto answer = std::move(*file).finish("text/csv", "list.csv");
  EXPECT_EQ(answer.headers.find("Content-Disposition"), "attachment; filename=\"list.csv\"");
  EXPECT_EQ(answer.headers.find("Cache-Control"), "no-store");
  const auto bytes = answer.body.slices()->read_all().value();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "one,two");
  std::filesystem::remove_all(folder);
}

TEST(Exports, OneOfEachPersonAndFewInAll) {
  static_assert(Exports::at_once == 3);
  Exports exports;
  auto first = exports.begin(UserId{1});
  EXPECT_TRUE(first);
  EXPECT_FALSE(exports.begin(UserId{1})) << "theirs is being made";
  const auto second = exports.begin(UserId{2}), third = exports.begin(UserId{3});
  EXPECT_TRUE(second && third);
  EXPECT_FALSE(exports.begin(UserId{4})) << "three are being made";
  first.reset();
  EXPECT_TRUE(exports.begin(UserId{4}));
  EXPECT_TRUE(exports.begin(UserId{1})) << "a turn that nobody holds has ended";
}

}  // namespace
}  // namespace longtake::api
