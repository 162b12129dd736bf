#include "ingest/channel_worker.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "ingest/probe.h"
#include "ingest/testing/fake_archive.h"
#include "ingest/testing/http_server.h"

namespace longtake::ingest {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using archive::GapCause;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Eight seconds of picture and sound in segments of one second, made once by the ffmpeg program.
struct Programme {
  std::vector<std::string> segments;
  std::string init;  ///< of fMP4

  explicit Programme(bool fmp4) {
    std::string folder = (std::filesystem::temp_directory_path() / "longtake-ingest-XXXXXX").string();
    if (!::mkdtemp(folder.data())) std::abort();
    const std::string command =
        "cd " + folder +
        " && ffmpeg -nostdin -v error -threads 1 -f lavfi -i testsrc2=s=160x90:r=25:d=8 -f lavfi -i " +
        "sine=440:r=48000:d=8 -c:v libx264 -preset ultrafast -bf 0 -g 25 -pix_fmt yuv420p -c:a aac -f hls " +
        "-hls_time 1 -hls_list_size 0 " + (fmp4 ? "-hls_segment_type fmp4 " : "") +
        "-hls_segment_filename s%d.seg live.m3u8";
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << command;
    for (int n = 0; n < 8; ++n)
      segments.push_back(read_file(std::filesystem::path{folder} / ("s" + std::to_string(n) + ".seg")));
    init = read_file(std::filesystem::path{folder} / "init.mp4");
    std::filesystem::remove_all(folder);
  }
};
const Programme& ts() {
  static const Programme programme{false};
  return programme;
}
const Programme& fmp4() {
  static const Programme programme{true};
  return programme;
}

struct Worker : ::testing::Test {
  FakeArchive archive;
  SystemClock clock;
  std::unique_ptr<Log> log = make_null_log();
  std::mutex mutex;
  std::condition_variable told;
  std::vector<ChannelStatus> statuses;  // guarded

  const Programme* programme = &ts();
  std::atomic<int> loads = 0;
  std::string tag_at_4;           ///< written before segment 4
  std::optional<WallTime> dated;  ///< PROGRAM-DATE-TIME of segment 0
  std::atomic<int> status = 200;
  std::string page;
  HttpServer server{[this](const std::string& path, const std::string&) { return answer(path); }};
  std::unique_ptr<ChannelWorker> worker;

  ~Worker() override { worker.reset(); }

  Reply answer(const std::string& path) {
    if (status != 200) return {.status = status};
    if (!page.empty()) return {.body = page};
    if (path == "/init.mp4") return {.body = programme->init};
    if (path.ends_with(".seg"))
      return {.body = programme->segments.at(static_cast<std::size_t>(path[2] - '0'))};
    const int to = std::min(8, 3 + loads++);
    std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n";
    if (programme == &fmp4()) out += "#EXT-X-MAP:URI=\"init.mp4\"\n";
    for (int n = 0; n < to; ++n)
      out += (n == 4 ? tag_at_4 : "") + date_of(n) + "#EXTINF:1.0,\ns" + std::to_string(n) + ".seg\n";
    return {.body = out + (to == 8 ? "#EXT-X-ENDLIST\n" : "")};
  }

  std::string date_of(int n) const {
    if (!dated) return "";
    return "#EXT-X-PROGRAM-DATE-TIME:" + format_rfc3339(*dated + n * 1s) + "\n";
  }

  archive::Channel channel(bool enabled = true) {
    archive::Channel c{.id = ChannelId{3}, .enabled = enabled};
    c.settings.name = "one";
    c.settings.source_url = server.url("/live.m3u8");
    return c;
  }
  ChannelWorker::Context context() {
    return {.options = {.allow_private = true, .first_retry = 50ms, .max_retry = 100ms},
            .archive = archive,
            .clock = clock,
            .log = *log,
            .changed = [this](const ChannelStatus& s) {
              const std::lock_guard lock{mutex};
              statuses.push_back(s);
              told.notify_all();
            }};
  }
  void start(bool enabled = true) {
    worker = std::make_unique<ChannelWorker>(context(), channel(enabled), 0ms);
  }
  bool reaches(State state) {
    std::unique_lock lock{mutex};
    return told.wait_for(lock, 1min, [&] { return !statuses.empty() && statuses.back().state == state; });
  }
  static std::size_t pictures(const FakeRun& run) {
    std::size_t n = 0;
    for (const auto& segment : run.segments)
      for (const auto& fragment : segment.fragments)
        n += fragment->view().track(media::TrackKind::video).count;
    return n;
  }
};

TEST_F(Worker, RecordsEveryPictureOfAPlaylist) {
  for (const auto* form : {&ts(), &fmp4()}) {
    programme = form;
    loads = 0;
    const auto before = archive.runs().size();
    start();
    ASSERT_TRUE(archive.wait(
        [&](const auto& runs, const auto&) { return runs.size() > before && runs[before].ended; }));
    const auto run = archive.runs()[before];
    EXPECT_EQ(pictures(run), 200u);
    EXPECT_EQ(run.ended, GapCause::source_ended);
    ASSERT_TRUE(run.start.tracks.video && run.start.tracks.audio);
    EXPECT_EQ(run.start.tracks.video->width, 160);
    for (const auto& fragment : run.segments.at(0).fragments)
      EXPECT_TRUE(fragment->view().sync());
    worker.reset();
  }
}

TEST_F(Worker, TellsWhatItDoes) {
  start();
  ASSERT_TRUE(reaches(State::recording));
  const auto now = worker->status();
  EXPECT_EQ(now.protocol, "hls");
  ASSERT_TRUE(now.tracks && now.tracks->video);
  EXPECT_EQ(now.cause, "");
  EXPECT_EQ(now.cause_kind, "");
  {
    const std::lock_guard lock{mutex};
    EXPECT_EQ(statuses.front().state, State::connecting);
  }
  worker->request_stop(GapCause::stopped);
  worker.reset();
  EXPECT_EQ(archive.runs().at(0).ended, GapCause::stopped);
}

TEST_F(Worker, DatesComeFromTheProgramme) {
  dated = std::chrono::floor<std::chrono::seconds>(clock.now()) - 60s;
  start();
  ASSERT_TRUE(archive.wait([&](const auto& runs, const auto&) { return !runs.empty() && runs[0].ended; }));
  const auto run = archive.runs()[0];
  EXPECT_EQ(run.start.started, *dated);
  EXPECT_EQ(run.segments.at(0).anchor.to_wall(MediaTime{}), *dated);
}

TEST_F(Worker, ADiscontinuityStartsARunThatGoesOnInTime) {
  tag_at_4 = "#EXT-X-DISCONTINUITY\n";
  start();
  ASSERT_TRUE(archive.wait([&](const auto& runs, const auto&) { return runs.size() >= 2 && runs[1].ended; }));
  const auto runs = archive.runs();
  EXPECT_EQ(runs[0].ended, GapCause::source_changed);
  EXPECT_EQ(pictures(runs[0]), 100u);
  EXPECT_EQ(pictures(runs[1]), 100u);
  const auto apart = runs[1].start.started - runs[0].start.started;
  EXPECT_NEAR(static_cast<double>(apart.count()), 4e6, 5e4);
}

TEST_F(Worker, NotThereIsFailedAndMendsItself) {
  status = 404;
  start();
  ASSERT_TRUE(reaches(State::failed));
  const auto cause = worker->status().cause;
  EXPECT_NE(cause.find("is not there (404)"), std::string::npos) << cause;
  EXPECT_EQ(worker->status().cause_kind, "source-not-found");
  ASSERT_TRUE(archive.wait([](const auto&, const auto& gaps) { return !gaps.empty(); }));
  status = 200;
  EXPECT_TRUE(reaches(State::recording));
}

TEST_F(Worker, AWebPageIsNamed) {
  page = "<!DOCTYPE html><html><body>hello</body></html>";
  start();
  ASSERT_TRUE(reaches(State::failed));
  EXPECT_NE(worker->status().cause.find("is a web page"), std::string::npos) << worker->status().cause;
}

TEST_F(Worker, AServerErrorIsWaitedOut) {
  status = 503;
  start();
  ASSERT_TRUE(reaches(State::reconnecting));
  EXPECT_EQ(worker->status().cause_kind, "source-failed");
  status = 200;
  EXPECT_TRUE(reaches(State::recording));
}

TEST_F(Worker, PrivateAddressesAreRefusedUnlessAllowed) {
  auto strict = context();
  strict.options.allow_private = false;
  worker = std::make_unique<ChannelWorker>(strict, channel(), 0ms);
  ASSERT_TRUE(reaches(State::failed));
  EXPECT_EQ(worker->status().cause_kind, "source-forbidden-address");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Worker, ADisabledChannelRestsUntilItIsEnabled) {
  start(false);
  ASSERT_TRUE(archive.wait(
      [](const auto&, const auto& gaps) { return !gaps.empty() && gaps[0].first == GapCause::stopped; }));
  EXPECT_EQ(worker->status().state, State::stopped);
  EXPECT_TRUE(server.requests().empty());
  worker->apply(channel(true));
  ASSERT_TRUE(reaches(State::recording));
  worker->apply(channel(false));
  ASSERT_TRUE(reaches(State::stopped));
  EXPECT_EQ(archive.runs().at(0).ended, GapCause::stopped);
}

TEST_F(Worker, AnEditOfTheNameLeavesTheRecordingAlone) {
  start();
  ASSERT_TRUE(reaches(State::recording));
  auto edited = channel();
  edited.settings.name = "two";
  edited.settings.segment_length = 60s;
  worker->apply(edited);
  ASSERT_TRUE(archive.wait([&](const auto& runs, const auto&) { return runs[0].ended; }));
  EXPECT_EQ(archive.runs()[0].ended, GapCause::source_ended) << "it played to its end";
}

TEST_F(Worker, AnotherAddressStartsAnotherRun) {
  start();
  ASSERT_TRUE(reaches(State::recording));
  auto edited = channel();
  edited.settings.source_url = server.url("/live.m3u8?other");
  loads = 0;
  worker->apply(edited);
  ASSERT_TRUE(archive.wait([&](const auto& runs, const auto&) { return runs.size() >= 2; }));
  EXPECT_EQ(archive.runs()[0].ended, GapCause::source_changed);
}

TEST_F(Worker, AFullDiskIsNamedAndWaitedFor) {
  archive.refuse_start = true;
  start();
  ASSERT_TRUE(reaches(State::reconnecting));
  EXPECT_EQ(worker->status().cause, "no room");
  EXPECT_EQ(worker->status().cause_kind, "not-stored");
  EXPECT_GE(worker->status().dropped_fragments, 1u);
  ASSERT_TRUE(archive.wait([](const auto&, const auto& gaps) {
    return !gaps.empty() && gaps.back().first == GapCause::disk_full;
  }));
  archive.refuse_start = false;
  loads = 0;
  EXPECT_TRUE(archive.wait([](const auto& runs, const auto&) { return !runs.empty(); }));
}

TEST_F(Worker, ProbeLooksAndLeaves) {
  const Options options{.allow_private = true};
  const auto report = probe_source({options, clock, *log}, {.url = server.url("/live.m3u8")}, {});
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_EQ(report->protocol, "hls");
  EXPECT_NEAR(report->frame_rate, 25, 0.1);
  EXPECT_EQ(report->gop, 1s);
  EXPECT_GT(report->bit_rate, 10'000u);
  ASSERT_GT(report->picture.size(), 100u);
  EXPECT_EQ(report->picture[0], std::byte{0xFF});
  EXPECT_EQ(report->picture[1], std::byte{0xD8});
}

TEST_F(Worker, ProbeNamesFailures) {
  const Options options{.allow_private = true};
  status = 403;
  const auto refused = probe_source({options, clock, *log}, {.url = server.url("/live.m3u8")}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::forbidden);
  const auto scheme = probe_source({options, clock, *log}, {.url = "file:///etc/passwd"}, {});
  ASSERT_FALSE(scheme.ok());
  EXPECT_EQ(scheme.error().code(), Code::forbidden);
}

}  // namespace
}  // namespace longtake::ingest
