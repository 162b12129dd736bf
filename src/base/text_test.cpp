#include "base/text.h"

#include <gtest/gtest.h>

namespace longtake {
namespace {

TEST(Text, KeepsWholeSequencesAlone) {
  EXPECT_EQ(valid_utf8("Agent \xff\xfe/1", 100), "Agent /1");
  EXPECT_EQ(valid_utf8("\xd0\xb0\xd0\xb1", 3), "\xd0\xb0") << "no half of a character";
  EXPECT_EQ(valid_utf8("\xe0\x80\xaf\xed\xa0\x80z", 100), "z") << "overlong, a surrogate";
  EXPECT_EQ(valid_utf8("\xd0", 100), "");
}

TEST(Text, CountsCharactersNotBytes) {
  EXPECT_EQ(count_code_points("\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87"), 4u);
  EXPECT_EQ(count_code_points("key"), 3u);
}

TEST(Text, ANameIsOneLineThatIsSeenAsItIsWritten) {
  for (const char* good : {"Ann",
                           "P\xc3\xa1"
                           "del Norte",
                           "a b", "\xd7\x90\xd7\x91"})
    EXPECT_TRUE(is_label(good)) << good;
  for (const char* bad :
       {"", "   ", "a\nBcc: x", "a\x7f", "\xe2\x80\xaegnp.exe", "\xe2\x80\x8b\xc2\xa0", "a\xff"})
    EXPECT_FALSE(is_label(bad)) << bad;
}

}  // namespace
}  // namespace longtake
