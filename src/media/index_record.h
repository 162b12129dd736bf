#pragma once
// Byte layout of one index record (docs/reference/index-format.md): for its writers (fragment.cpp,
// mp4/scan.cpp) and readers (index.cpp). Everybody else uses FragmentView.

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "media/slices.h"

namespace longtake::media {

/// One sample as moof and index tables know it.
struct SampleRow {
  std::uint32_t size = 0;
  std::uint32_t duration = 0;
  std::int32_t cts = 0;
  bool sync = false;
};

namespace record {

// Offsets of the fixed part. Numbers are little endian. V: video, A: audio.
inline constexpr std::size_t checksum = 0;        // u32, low half of XXH64 over the rest
inline constexpr std::size_t total = 4;           // u32, bytes of the record
inline constexpr std::size_t flags = 8;           // u16
inline constexpr std::size_t widths = 10;         // u16, two bits for each of six columns
inline constexpr std::size_t moof_size = 12;      // u32
inline constexpr std::size_t offset = 16;         // u64, of the moof in the segment
inline constexpr std::size_t size = 24;           // u32, moof and mdat
inline constexpr std::size_t keyframe_size = 28;  // u32
inline constexpr std::size_t v_count = 32;        // u32
inline constexpr std::size_t v_dts = 36;          // i64
inline constexpr std::size_t v_duration = 44;     // u32
inline constexpr std::size_t v_min_pts = 48;      // i32, from v_dts
inline constexpr std::size_t v_end_pts = 52;      // i32, from v_dts
inline constexpr std::size_t v_bytes = 56;        // u32
inline constexpr std::size_t v_size = 60;         // i32, base of column 0
inline constexpr std::size_t v_dur = 64;          // i32, base of column 1
inline constexpr std::size_t v_cts = 68;          // i32, base of column 2
inline constexpr std::size_t a_count = 72;        // u32
inline constexpr std::size_t a_dts = 76;          // i64
inline constexpr std::size_t a_duration = 84;     // u32
inline constexpr std::size_t a_size = 88;         // i32, base of column 3
inline constexpr std::size_t a_dur = 92;          // i32, base of column 4
inline constexpr std::size_t fixed = 96;

inline constexpr std::uint16_t flag_sync = 1;
inline constexpr std::uint32_t mdat_header = 8;

enum Column : unsigned { video_sizes, video_durations, video_cts, audio_sizes, audio_durations, columns };

template <class T>
T load(const std::byte* data, std::size_t at) {
  T v{};
  std::memcpy(&v, data + at, sizeof v);
  return v;
}
template <class T>
void store(std::byte* data, std::size_t at, T v) {
  std::memcpy(data + at, &v, sizeof v);
}
inline std::uint8_t width_of(std::uint16_t widths, unsigned column) {
  constexpr std::uint8_t bytes[4] = {0, 1, 2, 4};
  return bytes[widths >> (2 * column) & 3U];
}

}  // namespace record

/// Limits that keep every field of a record within its width. FragmentBuilder and scan refuse what is beyond.
inline constexpr std::uint32_t max_sample_bytes = 64U << 20;
inline constexpr std::uint64_t max_fragment_bytes = 1ULL << 30;
inline constexpr std::int64_t max_fragment_ticks =
    1LL << 29;  ///< between first and last dts; also of cts and last duration
inline constexpr std::uint32_t max_fragment_samples = 1U << 20;  ///< per track
inline constexpr std::int64_t max_dts = 1LL << 56;               ///< either sign

struct RecordFields {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint32_t moof_size = 0;
  std::int64_t video_dts = 0;
  std::int64_t audio_dts = 0;
  std::span<const SampleRow> video;
  std::span<const SampleRow> audio;
};
Bytes encode_record(const RecordFields& fields);

/// Sets the offset of the moof and renews the checksum.
void place_record(Bytes& record, std::uint64_t offset);

/// Size of the record at the start of `bytes` when it is whole, its checksum is right and every column lies
/// inside it.
std::optional<std::size_t> check_record(std::span<const std::byte> bytes);

/// Decodes a track of a record into rows, appended.
void decode_rows(std::span<const std::byte> record, bool video, std::vector<SampleRow>& out);

}  // namespace longtake::media
