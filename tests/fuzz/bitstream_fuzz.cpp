// Coded bytes of sources: NAL units, parameter sets, configurations, ADTS, OBUs.

#include "media/bitstream.h"

using namespace longtake::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  for (const auto codec : {Codec::h264, Codec::hevc, Codec::av1}) {
    (void)is_keyframe(codec, bytes);
    (void)parse_sps(codec, bytes);
    (void)annexb_to_lengths(codec, bytes);
    ParameterSets sets;
    for (const auto unit : split_annexb(bytes))
      take_parameter_set(codec, unit, sets);
    if (const auto parsed = parse_extradata(codec, bytes); parsed.ok()) sets = *parsed;
    (void)make_avcc(sets);
    (void)make_hvcc(sets);
  }
  for (const unsigned length : {1U, 2U, 4U})
    (void)split_lengths(bytes, length);
  (void)make_av1c(bytes);
  if (const auto adts = parse_adts(bytes); adts.ok())
    (void)make_audio_specific_config(adts->object_type, adts->sample_rate, adts->channels);
  return 0;
}
