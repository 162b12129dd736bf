#include "ingest/segment_feed.h"

#include <gtest/gtest.h>

#include "ingest/testing/http_server.h"

namespace longtake::ingest {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// A live playlist that grows by one segment at each load.
struct Feeding : ::testing::Test {
  SystemClock clock;
  std::stop_source stop;
  int loads = 0, first = 0, length = 3;
  bool ends = false;
  std::function<std::string(int)> lines = [](int n) {
    return "#EXTINF:0.5,\ns" + std::to_string(n) + ".ts\n";
  };
  std::function<Reply(const std::string&, const std::string&)> segment =
      [](const std::string& path, const std::string&) { return Reply{.body = "<" + path + ">"}; };
  HttpServer server{[this](const std::string& path, const std::string& range) {
    return path == "/live/index.m3u8" ? Reply{.body = playlist()} : segment(path, range);
  }};

  std::string playlist() {
    const int from = first + loads++;
    std::string out =
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:" + std::to_string(from) +
        "\n";
    for (int n = from; n < from + length; ++n)
      out += lines(n);
    return out + (ends && loads > 1 ? "#EXT-X-ENDLIST\n" : "");
  }
  std::unique_ptr<SegmentFeed> feed() {
    return std::make_unique<SegmentFeed>(SegmentFeed::Options{.url = server.url("/live/index.m3u8"),
                                                              .tracker = {.stall = 10s},
                                                              .clock = &clock,
                                                              .stop = stop.get_token()});
  }
  /// Reads until `size` bytes, the end of the stream, or an error (as text).
  static std::string read(SegmentFeed& feed, std::size_t size) {
    std::string out;
    while (out.size() < size) {
      std::byte buffer[7];
      const auto n = feed.read(std::span{buffer}.first(std::min(sizeof buffer, size - out.size())));
      if (!n.ok()) return out + "|" + n.error().text();
      if (*n == 0) break;
      out.append(reinterpret_cast<const char*>(buffer), *n);
    }
    return out;
  }
};

TEST_F(Feeding, SegmentsFollowEachOtherOverOneConnection) {
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  const std::string want = "</live/s0.ts></live/s1.ts></live/s2.ts></live/s3.ts></live/s4.ts>";
  EXPECT_EQ(read(*f, want.size()), want);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(f->tracker().position(), 5u);
}

TEST_F(Feeding, TheEndIsTold) {
  ends = true;
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  EXPECT_EQ(read(*f, 1000), "</live/s0.ts></live/s1.ts></live/s2.ts></live/s3.ts>");
  EXPECT_EQ(f->over(), SegmentFeed::Over::ended);
}

TEST_F(Feeding, ADiscontinuityEndsTheStreamAndTheNextGoesOn) {
  lines = [](int n) {
    return std::string{n == 2 ? "#EXT-X-DISCONTINUITY\n" : ""} + "#EXTINF:0.5,\ns" + std::to_string(n) +
           ".ts\n";
  };
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  EXPECT_EQ(read(*f, 1000), "</live/s0.ts></live/s1.ts>");
  EXPECT_EQ(f->over(), SegmentFeed::Over::discontinuity);
  ASSERT_TRUE(f->next_stream().ok());
  EXPECT_EQ(read(*f, 13), "</live/s2.ts>");
}

TEST_F(Feeding, InitializationComesFirstAndOnceAStream) {
  lines = [](int n) {
    return std::string{"#EXT-X-MAP:URI=\""} + (n < 2 ? "a" : "b") + ".mp4\"\n#EXTINF:0.5,\n../s" +
           std::to_string(n) + ".m4s\n";
  };
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  EXPECT_EQ(read(*f, 1000), "</live/a.mp4></s0.m4s></s1.m4s>");
  ASSERT_TRUE(f->next_stream().ok());
  EXPECT_EQ(read(*f, 23), "</live/b.mp4></s2.m4s>" + std::string{"<"});
}

TEST_F(Feeding, ByteRangesAreAskedFor) {
  lines = [](int n) { return "#EXTINF:0.5,\n#EXT-X-BYTERANGE:10@" + std::to_string(n * 10) + "\nall.ts\n"; };
  segment = [](const std::string&, const std::string& range) {
    return Reply{.status = 206, .body = range + ";"};
  };
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  EXPECT_EQ(read(*f, 36), "bytes=0-9;bytes=10-19;bytes=20-29;by");
}

TEST_F(Feeding, AServerWithoutRangesIsNamed) {
  lines = [](int n) { return "#EXTINF:0.5,\n#EXT-X-BYTERANGE:10@" + std::to_string(n * 10) + "\nall.ts\n"; };
  auto f = feed();
  const auto status = f->start(std::nullopt);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().text().find("byte ranges"), std::string::npos);
}

TEST_F(Feeding, ASegmentIsTriedThreeTimesThenSkipped) {
  int tries = 0;
  segment = [&](const std::string& path, const std::string&) {
    if (path == "/live/s1.ts") return ++tries, Reply{.status = 503};
    return Reply{.body = "<" + path + ">"};
  };
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  EXPECT_EQ(read(*f, 1000), "</live/s0.ts>");
  EXPECT_EQ(f->over(), SegmentFeed::Over::lost);
  EXPECT_EQ(f->reason(), "1 segments were missed");
  EXPECT_EQ(tries, 3);
  ASSERT_TRUE(f->next_stream().ok());
  EXPECT_EQ(read(*f, 13), "</live/s2.ts>");
}

TEST_F(Feeding, ACutSegmentIsFetchedAgainWhole) {
  int tries = 0;
  segment = [&](const std::string& path, const std::string&) {
    return Reply{.body = "<" + path + ">", .cut = path == "/live/s1.ts" && ++tries == 1};
  };
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  EXPECT_EQ(read(*f, 39), "</live/s0.ts></live/s1.ts></live/s2.ts>");
}

TEST_F(Feeding, SegmentsThatNeverComeEndTheConnection) {
  length = 6;
  segment = [](const std::string&, const std::string&) { return Reply{.status = 404}; };
  auto f = feed();
  const auto status = f->start(std::nullopt);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::not_found);
}

TEST_F(Feeding, OtherSchemesAreRefused) {
  lines = [](int) { return std::string{"#EXTINF:0.5,\nfile:///etc/passwd\n"}; };
  auto f = feed();
  const auto status = f->start(std::nullopt);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::forbidden);
  EXPECT_NE(status.error().text().find("file:///etc/passwd"), std::string::npos);
}

TEST_F(Feeding, ARedirectToAnotherSchemeIsRefused) {
  segment = [](const std::string&, const std::string&) {
    return Reply{.status = 302, .location = "file:///etc/passwd"};
  };
  auto f = feed();
  EXPECT_FALSE(f->start(std::nullopt).ok());
}

TEST_F(Feeding, PrivateAddressesAreRefusedByTheHook) {
  SegmentFeed f{
      {.url = server.url("/live/index.m3u8"),
       .http = {.allow_address = [](const io::Address& a) { return a.kind() == io::AddressKind::public_; }},
       .clock = &clock}};
  const auto status = f.start(std::nullopt);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::forbidden);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Feeding, AStopEndsTheWait) {
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  (void)read(*f, 39);
  stop.request_stop();
  const auto said = read(*f, 1000);
  EXPECT_TRUE(said.ends_with("|stopped") || said.ends_with("cancelled")) << said;
}

TEST_F(Feeding, APageInPlaceOfMediaIsNamed) {
  segment = [](const std::string&, const std::string&) { return Reply{.body = "<!DOCTYPE html><html>"}; };
  auto f = feed();
  ASSERT_TRUE(f->start(std::nullopt).ok());
  const auto format = f->format();
  ASSERT_FALSE(format.ok());
  EXPECT_NE(format.error().text().find("web page"), std::string::npos);
}

TEST_F(Feeding, CaughtUpIsToldBeforeEachWait) {
  int told = 0;
  SegmentFeed f{
      {.url = server.url("/live/index.m3u8"), .tracker = {.stall = 10s}, .clock = &clock, .caught_up = [&] {
         ++told;
       }}};
  ASSERT_TRUE(f.start(std::nullopt).ok());
  (void)read(f, 39);
  EXPECT_EQ(told, 0);
  (void)read(f, 13);
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace longtake::ingest
