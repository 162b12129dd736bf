#include "media/index.h"

#include <gmock/gmock.h>

#include "media/checksum.h"
#include "media/index_record.h"
#include "media/mp4/scan.h"
#include "media/testing/run.h"

namespace longtake::media {
namespace {

using namespace testing;

TEST(Checksum, IsXxh64) {
  const auto hash = [](std::string_view text) {
    return xxh64(std::as_bytes(std::span{text.data(), text.size()}));
  };
  EXPECT_EQ(hash(""), 0xEF46DB3751D8E999ULL);
  EXPECT_EQ(hash("a"), 0xD24EC4F1A98C6E5BULL);
  EXPECT_EQ(hash("abc"), 0x44BC2CF5AD770999ULL);
  EXPECT_EQ(hash("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1ULL);
}

TEST(IndexRecord, HasTheDocumentedLayout) {
  const std::vector<SampleRow> video{
      {3000, 3600, 7200, true}, {100, 3600, 0, false}, {356, 3600, 3600, false}};
  const std::vector<SampleRow> audio{{200, 1024, 0, true}, {200, 1023, 0, true}};
  const auto r = encode_record({.offset = 0x0102030405060708,
                                .size = 208 + 8 + 3856,
                                .moof_size = 208,
                                .video_dts = 90000,
                                .audio_dts = 48000,
                                .video = video,
                                .audio = audio});
  using namespace record;
  const auto* d = r.data();
  // Columns: video sizes u16, cts u16; audio durations u8; the rest constant.
  ASSERT_EQ(r.size(), 96U + 3 * 2 + 3 * 2 + 2);
  EXPECT_EQ(load<std::uint32_t>(d, 0), static_cast<std::uint32_t>(xxh64(std::span{r}.subspan(4))));
  EXPECT_EQ(load<std::uint32_t>(d, 4), r.size());
  EXPECT_EQ(load<std::uint16_t>(d, 8), 1U);
  EXPECT_EQ(load<std::uint16_t>(d, 10), 0b01'00'10'00'10U);
  EXPECT_EQ(load<std::uint64_t>(d, 16), 0x0102030405060708U);
  EXPECT_EQ(load<std::uint32_t>(d, 28), 3000U);
  EXPECT_EQ(load<std::int32_t>(d, 48), 3600);         // min pts: sample 1
  EXPECT_EQ(load<std::int32_t>(d, 52), 7200 + 7200);  // end: sample 2
  EXPECT_EQ(load<std::uint32_t>(d, 56), 3456U);
  EXPECT_EQ(load<std::int32_t>(d, 60), 100);
  EXPECT_EQ(load<std::int32_t>(d, 88), 200);
}

TEST(IndexRecord, EveryWidthReadsBack) {
  for (const std::uint32_t spread : {0U, 1U, 255U, 256U, 65535U, 65536U, 50'000'000U}) {
    for (const bool key : {false, true}) {
      std::vector<SampleRow> video, audio;
      for (std::uint32_t i = 0; i < 5; ++i) {
        const auto part = static_cast<std::uint32_t>(std::uint64_t{spread} * i / 4);
        video.push_back({1 + part, 1 + part, static_cast<std::int32_t>(part) - 1000, key && i == 0});
        audio.push_back({7 + part, 9 + part, 0, true});
      }
      const auto bytes =
          encode_record({.size = 4'000'000'000U, .moof_size = 100, .video = video, .audio = audio});
      ASSERT_EQ(check_record(bytes), bytes.size());
      std::vector<SampleRow> rows;
      decode_rows(bytes, true, rows);
      decode_rows(bytes, false, rows);
      ASSERT_EQ(rows.size(), 10U);
      for (std::size_t i = 0; i < 10; ++i) {
        const auto& want = i < 5 ? video[i] : audio[i - 5];
        EXPECT_EQ(rows[i].size, want.size);
        EXPECT_EQ(rows[i].duration, want.duration);
        EXPECT_EQ(rows[i].cts, want.cts);
        EXPECT_EQ(rows[i].sync, want.sync);
      }
    }
  }
}

TEST(IndexRecord, AnyFlippedBitIsNoticed) {
  const auto fragments = make_fragments({.pictures = 3, .audio_frames = 3});
  auto record = fragments.front().record;
  ASSERT_TRUE(check_record(record));
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    record[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(check_record(record)) << bit;
    record[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
  }
  for (std::size_t cut = 0; cut < record.size(); ++cut)
    EXPECT_FALSE(check_record(std::span{record}.first(cut)));
}

TEST(IndexRecord, AKeyframeIsAmongThePictures) {
  const auto with_keyframe = [](std::uint32_t pictures, std::uint32_t key) {
    const std::vector<SampleRow> video(pictures, {100, 3600, 0, true});
    const std::vector<SampleRow> audio{{200, 1024, 0, true}};
    auto r = encode_record({.size = 1000, .moof_size = 100, .video = video, .audio = audio});
    record::store(r.data(), record::keyframe_size, key);
    record::store(r.data(), record::checksum, static_cast<std::uint32_t>(xxh64(std::span{r}.subspan(4))));
    return r;
  };
  EXPECT_TRUE(check_record(with_keyframe(1, 100)));
  EXPECT_FALSE(check_record(with_keyframe(1, 101))) << "longer than all pictures";
  EXPECT_TRUE(check_record(with_keyframe(0, 0)));
  EXPECT_FALSE(check_record(with_keyframe(0, 100))) << "without a picture";
  auto lying = with_keyframe(0, 100);
  record::store<std::uint32_t>(lying.data(), record::v_bytes, 100);
  record::store(lying.data(), record::checksum,
                static_cast<std::uint32_t>(xxh64(std::span{lying}.subspan(4))));
  EXPECT_FALSE(check_record(lying)) << "with bytes of no picture";
}

/// A television programme: 2 Mbps of 25 pictures with B-frames, keyframes every 2 s about eight times the
/// others; AAC of 128 kbps whose times were rounded to milliseconds on the way (RTMP).
TEST(Index, CostsLessThanThreeThousandthsOfTheMedia) {
  FragmentBuilder builder{both_tracks(), MediaTime{}};
  std::uint64_t media = 0, index = index_file_header().size() + index_file_seal(0, 0).size();
  std::int64_t sound = 0;
  std::uint32_t noise = 12345;
  const auto vary = [&](std::uint32_t around) {
    noise = noise * 1664525 + 1013904223;
    return around / 2 + noise / 65536 * around / 65536;
  };
  for (std::int64_t n = 0; n < 450 * 50; ++n) {
    if (n % 50 == 0 && n > 0) {
      const auto f = builder.finish(0, {.next_video_dts = n * 3600});
      media += f.bytes->size(), index += f.record.size();
    }
    Packet p;
    p.dts = n * 3600;
    p.pts = p.dts + (n % 3 == 0 ? 10800 : 3600);
    p.sync = n % 50 == 0;
    p.payload = Payload::of(Bytes(p.sync ? vary(70'000) : vary(8'700)));
    ASSERT_TRUE(builder.add(p).ok());
    for (; sound * 1024 * 90 / 48 < (n + 1) * 3600; ++sound) {
      Packet a;
      a.kind = TrackKind::audio;
      a.dts = a.pts = (sound * 1024 / 48) * 48;
      a.payload = Payload::of(Bytes(vary(341)));
      ASSERT_TRUE(builder.add(a).ok());
    }
  }
  const auto percent = 100.0 * static_cast<double>(index) / static_cast<double>(media);
  const auto rate = static_cast<double>(media) * 8 / 900 / 1e6;
  fmt::print("index of 15 minutes at {:.2f} Mbps: {} bytes, {:.3f}% of the media\n", rate, index, percent);
  RecordProperty("index_percent", fmt::format("{:.3f}", percent));
  EXPECT_NEAR(rate, 2.1, 0.3);
  EXPECT_LT(percent, 0.3);
}

TEST(SegmentIndex, OpensWhatWasSealed) {
  TempFolder folder;
  const auto segment = make_segments({}).front();
  const auto index = SegmentIndex::open(folder.write("a.idx", index_file(segment)));
  ASSERT_TRUE(index.ok()) << index.error().story();
  EXPECT_TRUE(index->sealed());
  ASSERT_EQ(index->size(), 4U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(std::ranges::equal((*index)[i].record(), *segment.records[i]));
  EXPECT_EQ(index->start(segment.tracks), media_from_us(1'000'000));
  EXPECT_EQ(index->end(segment.tracks), media_from_us(9'000'000));
}

TEST(SegmentIndex, ReadsAnUnsealedFileUpToTheFirstBadRecord) {
  TempFolder folder;
  const auto segment = make_segments({}).front();
  const auto whole = index_file(segment, false);
  const auto third = whole.size() - segment.records[3]->size();
  for (auto cut = third; cut < whole.size(); ++cut) {
    const auto index = SegmentIndex::open(
        folder.write("a.idx", Bytes(whole.begin(), whole.begin() + static_cast<long>(cut))));
    ASSERT_TRUE(index.ok());
    EXPECT_FALSE(index->sealed());
    EXPECT_EQ(index->size(), 3U) << cut;
  }
  auto zeros = whole;
  zeros.resize(whole.size() + 4096);
  EXPECT_EQ(SegmentIndex::open(folder.write("b.idx", zeros))->size(), 4U);
  auto garbage = whole;
  garbage[third + 50] ^= std::byte{1};
  EXPECT_EQ(SegmentIndex::open(folder.write("c.idx", garbage))->size(), 3U);
  EXPECT_EQ(SegmentIndex::open(folder.write("d.idx", index_file_header()))->size(), 0U);
}

TEST(SegmentIndex, NamesAMissingOrDamagedFile) {
  TempFolder folder;
  const auto segment = make_segments({}).front();
  const auto missing = SegmentIndex::open("/nowhere/a.idx");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), Code::not_found);
  auto sealed = index_file(segment);
  sealed[200] ^= std::byte{1};
  const auto path = folder.write("bad.idx", sealed);
  const auto damaged = SegmentIndex::open(path);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code(), Code::invalid);
  EXPECT_THAT(damaged.error().text(), ::testing::HasSubstr(path));
  EXPECT_THAT(damaged.error().text(), ::testing::HasSubstr("longtake check --repair"));
  EXPECT_FALSE(SegmentIndex::open(folder.write("other.idx", Bytes(500, std::byte{'x'}))).ok());
  EXPECT_FALSE(SegmentIndex::open(folder.write("empty.idx", {})).ok());
}

TEST(SegmentIndex, FindsTheKeyframeDisplayedBefore) {
  for (const bool b_frames : {false, true}) {
    RunShape shape;
    shape.b_frames = b_frames;
    const auto s = make_segments(shape).front();
    const auto find = [&](std::int64_t ticks) {
      return s.index.find_sync(s.tracks, to_media_nearest(ticks, 90000));
    };
    EXPECT_EQ(find(89999), std::nullopt);
    EXPECT_EQ(find(90000), 0U);
    EXPECT_EQ(find(90000 + 50 * 3600 - 1), 0U);
    EXPECT_EQ(find(90000 + 50 * 3600), 1U);
    EXPECT_EQ(find(900'000'000), 3U);
  }
  RunShape radio;
  radio.tracks.video.reset();
  const auto s = make_segments(radio).front();
  EXPECT_EQ(s.index.find_sync(s.tracks, media_from_us(1'000'000)), 0U);
  EXPECT_EQ(s.index.find_sync(s.tracks, media_from_us(999'000)), std::nullopt);
}

TEST(Scan, RebuildsEveryRecordToTheByte) {
  TempFolder folder;
  for (const int kind : {0, 1, 2, 3, 4}) {
    RunShape shape;
    shape.b_frames = kind == 1 || kind == 2;
    shape.open_gop = kind == 2;
    if (kind == 3) shape.tracks.video.reset();
    if (kind == 4) shape.tracks.audio.reset();
    const auto segment = make_segments(shape).front();
    const auto scanned = mp4::scan_segment(folder.write("a.mp4", *segment.bytes));
    ASSERT_TRUE(scanned.ok()) << scanned.error().story();
    EXPECT_EQ(scanned->good_bytes, segment.bytes->size());
    EXPECT_EQ(scanned->header.tracks, shape.tracks);
    EXPECT_EQ(scanned->header.identity, identity(0));
    ASSERT_EQ(scanned->records.size(), segment.records.size());
    for (std::size_t i = 0; i < segment.records.size(); ++i)
      EXPECT_EQ(*scanned->records[i], *segment.records[i]);
  }
}

TEST(Scan, KeepsWholeFragmentsBeforeATornTail) {
  TempFolder folder;
  const auto segment = make_segments({.pictures = 150, .audio_frames = 282}).front();
  const auto& bytes = *segment.bytes;
  const auto last = segment.index[2].offset();
  ASSERT_EQ(segment.index.size(), 3U);
  for (auto cut = last; cut < bytes.size(); cut += cut < last + 1200 ? 1 : 997) {
    Bytes torn(bytes.begin(), bytes.begin() + static_cast<long>(cut));
    auto scanned = mp4::scan_segment(folder.write("a.mp4", torn));
    ASSERT_TRUE(scanned.ok());
    EXPECT_EQ(scanned->records.size(), 2U);
    EXPECT_EQ(scanned->good_bytes, last);
  }
  // Direct writes may leave zeros behind the last block.
  auto zeros = Bytes(bytes.begin(), bytes.begin() + static_cast<long>(last));
  zeros.resize(zeros.size() + (1U << 20));
  EXPECT_EQ(mp4::scan_segment(folder.write("b.mp4", zeros))->good_bytes, last);
  auto garbage = bytes;
  for (std::size_t i = last; i < last + 300; ++i)
    garbage[i] ^= std::byte{0x5A};
  EXPECT_EQ(mp4::scan_segment(folder.write("c.mp4", garbage))->good_bytes, last);
}

TEST(Scan, TellsAFileWithoutHeader) {
  TempFolder folder;
  const auto segment = make_segments({.pictures = 50}).front();
  const auto header = mp4::segment_header(segment.tracks, identity());
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, std::size_t{30}, std::size_t{300}}) {
    const auto scanned = mp4::scan_segment(
        folder.write("a.mp4", Bytes(header.begin(), header.begin() + static_cast<long>(cut))));
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().code(), Code::invalid);
  }
  EXPECT_EQ(mp4::scan_segment("/nowhere.mp4").error().code(), Code::not_found);
  const auto alone = mp4::scan_segment(folder.write("b.mp4", header));
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->good_bytes, header.size());
}

}  // namespace
}  // namespace longtake::media
