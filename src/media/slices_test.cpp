#include "media/slices.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "media/testing/run.h"
#include "media/ticks.h"

namespace longtake::media {
namespace {

using namespace testing;

SharedFd open_file(const std::string& path) {
  return std::make_shared<const Fd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

Bytes counting(int from, int count) {
  Bytes out;
  for (int i = 0; i < count; ++i)
    out.push_back(static_cast<std::byte>(from + i));
  return out;
}

TEST(SliceList, MergesWhatContinuesAndDropsWhatIsEmpty) {
  TempFolder folder;
  const auto file = open_file(folder.write("a", counting(0, 100)));
  SliceList list;
  list.append(Bytes{});
  list.append(SharedBytes{});
  list.append(FileSlice{file, 10, 0});
  EXPECT_TRUE(list.empty());
  list.append(FileSlice{file, 10, 5});
  list.append(FileSlice{file, 15, 5});
  EXPECT_EQ(list.slices().size(), 1U);
  list.append(FileSlice{file, 21, 5});
  EXPECT_EQ(list.slices().size(), 2U);
  const auto shared = std::make_shared<const Bytes>(counting(50, 20));
  list.append(MemorySlice{shared, 0, 4});
  list.append(MemorySlice{shared, 4, 4});
  EXPECT_EQ(list.slices().size(), 3U);
  EXPECT_EQ(list.size(), 23U);
}

TEST(SliceList, EverySubRangeEqualsTheBytes) {
  TempFolder folder;
  const auto file = open_file(folder.write("a", counting(0, 100)));
  SliceList list;
  list.append(counting(200, 7));
  list.append(FileSlice{file, 3, 11});
  list.append(counting(100, 1));
  list.append(FileSlice{file, 50, 9});
  const auto all = *list.read_all();
  ASSERT_EQ(all.size(), 28U);
  for (std::size_t from = 0; from <= all.size(); ++from)
    for (std::size_t to = from; to <= all.size(); ++to) {
      const auto part = list.sub(from, to - from);
      EXPECT_EQ(part.size(), to - from);
      EXPECT_EQ(*part.read_all(),
                Bytes(all.begin() + static_cast<long>(from), all.begin() + static_cast<long>(to)));
    }
}

TEST(SliceList, TellsWhenAFileIsShorterThanItsSlice) {
  TempFolder folder;
  SliceList list;
  list.append(FileSlice{open_file(folder.write("a", counting(0, 10))), 5, 6});
  const auto read = list.read_all();
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), Code::unavailable);
}

TEST(Ticks, RoundAsNamed) {
  EXPECT_EQ(rescale_nearest(1, 1, 2), 1);
  EXPECT_EQ(rescale_nearest(-1, 1, 2), -1);
  EXPECT_EQ(rescale_nearest(-3, 1, 4), -1);
  EXPECT_EQ(rescale_down(-1, 1, 2), -1);
  EXPECT_EQ(rescale_down(3, 1, 2), 1);
  EXPECT_EQ(rescale_nearest(1LL << 61, 1'000'000, 90000), INT64_MAX);
  for (const std::uint32_t scale : {90000U, 48000U, 44100U, 192000U})
    for (std::int64_t t = -1000; t < 100'000'000; t += 77'777)
      EXPECT_EQ(to_ticks_nearest(to_media_nearest(t, scale), scale), t);
}

}  // namespace
}  // namespace longtake::media
