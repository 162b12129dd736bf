#pragma once
// What a recorder must know about coded bytes: where NAL units begin, which pictures decoding can start at,
// and how to build the decoder configuration of ISO files from parameter sets found in the stream. All
// functions take outside bytes and never trust them. ISO/IEC 14496-10 (H.264), 23008-2 (HEVC), 14496-15 (NAL
// units in ISO files), AV1-ISOBMFF, 14496-3 (AAC).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/track.h"

namespace longtake::media {

using ByteView = std::span<const std::byte>;

// --- NAL units ---------------------------------------------------------------------------------------------

/// Begins with a start code (00 00 01 or 00 00 00 01).
bool is_annexb(ByteView bytes);
/// The NAL units between start codes, without trailing zeros; empty units are left out.
std::vector<ByteView> split_annexb(ByteView bytes);
/// The NAL units of a sample of an ISO file; a broken length ends the list. `length_size`: 1, 2 or 4.
std::vector<ByteView> split_lengths(ByteView sample, unsigned length_size = 4);
/// Annex B to four-byte lengths. Access unit delimiters are left out.
Bytes annexb_to_lengths(Codec codec, ByteView bytes);
/// Four-byte lengths in front of each unit.
Bytes join_lengths(std::span<const ByteView> nals);

/// Decoding can start at this sample (four-byte lengths, or OBUs for AV1). H.264: an IDR picture, or only I
/// slices behind a recovery point SEI with recovery_frame_cnt 0; HEVC: IRAP; AV1: a shown key frame.
bool is_keyframe(Codec codec, ByteView sample);

// --- parameter sets and configurations ---------------------------------------------------------------------

/// H.264 and HEVC parameter sets as NAL units without prefix, in the order met, no two equal.
struct ParameterSets {
  std::vector<Bytes> vps, sps, pps;  ///< vps: HEVC only
  bool complete(Codec codec) const {
    return !sps.empty() && !pps.empty() && (codec != Codec::hevc || !vps.empty());
  }
  bool operator==(const ParameterSets&) const = default;
};
/// True when `nal` is a parameter set (VPS, SPS, PPS) of `codec`.
bool is_parameter_set(Codec codec, ByteView nal);
/// Takes `nal` into `sets`; a set with the id of an older one replaces it. True when `sets` changed.
bool take_parameter_set(Codec codec, ByteView nal, ParameterSets& sets);
/// A number that no SPS and no PPS of H.264 has yet, so that sets of another encoder may stand beside these;
/// nothing when there is none.
std::optional<unsigned> free_set_id(const ParameterSets& sets);
/// From extradata in either form: avcC/hvcC box payload, or Annex B.
Result<ParameterSets> parse_extradata(Codec codec, ByteView extradata);

/// avcC / hvcC box payload, four-byte lengths. Error `invalid` when a set is missing or unreadable.
Result<Bytes> make_avcc(const ParameterSets& sets);
Result<Bytes> make_hvcc(const ParameterSets& sets);
/// av1C payload from OBUs that hold a sequence header (a key frame's temporal unit, or extradata).
Result<Bytes> make_av1c(ByteView obus);

// --- picture and sound parameters --------------------------------------------------------------------------

/// What a sequence parameter set says about the picture, cropped.
struct PictureShape {
  std::uint32_t width = 0, height = 0;  ///< pixels
  std::uint32_t sar_num = 1, sar_den = 1;
  std::uint8_t bit_depth = 8;
  std::uint8_t chroma_format = 1;  ///< 0 mono, 1 4:2:0, 2 4:2:2, 3 4:4:4
  bool operator==(const PictureShape&) const = default;
};
/// H.264 7.3.2.1.1, HEVC 7.3.2.2. `nal` is an SPS NAL unit with its header. Error `invalid`.
Result<PictureShape> parse_sps(Codec codec, ByteView nal);

struct AdtsHeader {
  std::uint8_t object_type = 2;  ///< 2: AAC LC
  std::uint32_t sample_rate = 0;
  std::uint32_t channels = 0;
  std::size_t header_size = 0;  ///< 7 or 9
  std::size_t frame_size = 0;   ///< with header
};
/// Header of an ADTS frame at the start of `bytes`. Error `invalid`.
Result<AdtsHeader> parse_adts(ByteView bytes);
/// AudioSpecificConfig of plain AAC; rates without an index are written out.
Bytes make_audio_specific_config(std::uint8_t object_type, std::uint32_t sample_rate, std::uint32_t channels);

}  // namespace longtake::media
