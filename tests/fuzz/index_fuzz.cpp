// Index records: whatever passes check_record can be read, served and laid out without undefined behaviour.
// The checksum is put right first, else nothing would ever get past it.

#include "media/checksum.h"
#include "media/index_record.h"
#include "media/mp4/movie.h"
#include "media/mp4/views.h"

using namespace longtake;
using namespace longtake::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = std::make_shared<Bytes>(size);
  if (size > 0) std::memcpy(bytes->data(), data, size);
  if (size >= record::fixed) {
    record::store(bytes->data(), record::total, static_cast<std::uint32_t>(size));
    record::store(bytes->data(), record::checksum,
                  static_cast<std::uint32_t>(xxh64(std::span{*bytes}.subspan(record::total))));
  }
  if (!check_record(*bytes)) return 0;
  const FragmentView view{bytes->data(), bytes->size()};
  // Counts of constant columns cost nothing to claim; a reader that lists samples would need as much memory.
  if (view.track(TrackKind::video).count > 100'000 || view.track(TrackKind::audio).count > 100'000) return 0;
  std::vector<Sample> samples;
  view.samples(TrackKind::video, samples);
  view.samples(TrackKind::audio, samples);
  (void)mp4::refragment(view, {},
                        {.video_offset = -1000, .audio_offset = 5, .speed = size % 2 == 0 ? 1U : 7U}, 1);
  if (const auto key = mp4::keyframe_sample(view, size, {})) (void)mp4::keyframes_head({&*key, 1}, 1);

  const Tracks tracks{Track{}, Track{.codec = Codec::aac, .timescale = 48000}};
  const auto index = SegmentIndex::from_records({bytes, bytes});
  (void)index.start(tracks);
  (void)index.end(tracks);
  (void)index.find_sync(tracks, media_from_us(1'000'000));
  const mp4::MovieStretch stretch{&tracks, &index, 0,
                                  2,       1,      [](std::uint64_t, std::uint64_t) { return SliceList{}; }};
  auto other = stretch;
  other.last = 1;
  (void)mp4::layout_movie({stretch}, {.from = media_from_us(100'000)});
  (void)mp4::layout_movie({other, other}, {.to = media_from_us(9'000'000)});
  other.run = 2;
  (void)mp4::layout_movie({other, stretch}, {});
  return 0;
}
