#include "ingest/reader_options.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace longtake::ingest {
namespace {

sockaddr_in at(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  EXPECT_EQ(inet_pton(AF_INET, text, &address.sin_addr), 1);
  return address;
}

TEST(ReaderOptionsTest, LibavIsAskedWhereItConnectsUnlessPrivatePlacesAreAllowed) {
  const auto strict = reader_options({.url = "rtsp://cam.example/a", .allow_private = false});
  ASSERT_TRUE(strict.may_connect);
  const auto inside = at("127.0.0.1"), outside = at("192.0.78.1");
  const auto refused = strict.may_connect(reinterpret_cast<const sockaddr&>(inside));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), "source-forbidden-address");
  EXPECT_TRUE(strict.may_connect(reinterpret_cast<const sockaddr&>(outside)).ok());
  EXPECT_FALSE(reader_options({.url = "rtsp://cam.example/a", .allow_private = true}).may_connect);
}

}  // namespace
}  // namespace longtake::ingest
