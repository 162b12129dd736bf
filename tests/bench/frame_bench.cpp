// Processor time of one picture at a random instant, found, read, decoded and encoded, beside libav decoding
// the picture's whole GOP from memory and dropping the pictures. Both on one thread, in turns.
//
//   frame_bench CLIP.ts [PICTURES]     CLIP: 25 pictures a second; prints one JSON object, times in ms

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

#include "playback/playback.h"
#include "playback/testing/real_footage.h"

namespace longtake::playback {
namespace {

using namespace std::chrono_literals;

const WallTime noon = wall_from_us(1'795'000'000'000'000);

/// User and system time of this process, ms.
double processor_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "frame_bench: {}\n", why);
  std::exit(1);
}

struct FreeContext {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
using Decoder = std::unique_ptr<AVCodecContext, FreeContext>;

Decoder open_decoder(const media::Track& track) {
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  Decoder decoder{avcodec_alloc_context3(codec)};
  decoder->thread_count = 1;
  decoder->extradata_size = static_cast<int>(track.config.size());
  decoder->extradata =
      static_cast<std::uint8_t*>(av_mallocz(track.config.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  std::copy_n(reinterpret_cast<const std::uint8_t*>(track.config.data()), track.config.size(),
              decoder->extradata);
  if (avcodec_open2(decoder.get(), codec, nullptr) < 0) fail("no H.264 decoder");
  return decoder;
}

/// Decodes every picture of a fragment; how many came out.
int decode_whole(const archive::SegmentView& segment, std::size_t fragment) {
  auto decoder = open_decoder(*segment.tracks->video);
  std::vector<media::Sample> samples;
  segment.index[fragment].samples(media::TrackKind::video, samples);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  int pictures = 0;
  const auto receive = [&] {
    while (avcodec_receive_frame(decoder.get(), frame) == 0)
      ++pictures;
  };
  for (const auto& sample : samples) {
    const auto bytes = segment.slices(sample.offset, sample.size).read_all().value();
    av_new_packet(packet, static_cast<int>(bytes.size()));
    std::copy_n(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), packet->data);
    avcodec_send_packet(decoder.get(), packet);
    av_packet_unref(packet);
    receive();
  }
  avcodec_send_packet(decoder.get(), nullptr);
  receive();
  av_frame_free(&frame);
  av_packet_free(&packet);
  return pictures;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double sum(const std::vector<double>& values) {
  double out = 0;
  for (const auto value : values)
    out += value;
  return out;
}

int run(const std::string& clip, int pictures) {
  testing::FakeArchive archive;
  testing::record(archive, clip, {.begin = noon});
  const testing::FixedClock clock{noon + 48h};
  const auto log = make_null_log();
  // No two questions share an answer.
  const Playback playback{{.still_cache_bytes = 0}, archive, clock, *log};
  const auto segment = archive.at(0);
  const auto length = segment->summary.range.length();
  std::mt19937_64 random{7};
  std::vector<double> ours, bare;
  for (int i = 0; i < pictures; ++i) {
    const Micros at{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(length.count()))};
    std::size_t fragment = 0;
    while (fragment + 1 < segment->index.size() &&
           media::to_media_nearest(segment->index[fragment + 1].track(media::TrackKind::video).min_pts,
                                   90000) <= segment->summary.anchor.to_media(noon + at))
      ++fragment;
    auto before = processor_ms();
    if (decode_whole(*segment, fragment) == 0) fail("nothing decoded");
    bare.push_back(processor_ms() - before);
    before = processor_ms();
    const auto view = playback.frame(archive.channel, {.at = noon + at});
    ours.push_back(processor_ms() - before);
    if (!view.ok()) fail(view.error().story());
  }
  fmt::print(
      "{{\"bare_ms\": {:.3f}, \"ours_ms\": {:.3f}, \"ours_mean_ms\": {:.3f}, \"bare_mean_ms\": {:.3f}}}\n",
      median(bare), median(ours), sum(ours) / pictures, sum(bare) / pictures);
  return 0;
}

}  // namespace
}  // namespace longtake::playback

int main(int argc, char** argv) {
  if (argc < 2) longtake::playback::fail("usage: frame_bench CLIP.ts [PICTURES]");
  return longtake::playback::run(argv[1], argc > 2 ? std::max(1, std::atoi(argv[2])) : 200);
}
