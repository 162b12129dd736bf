#include "media/ffmpeg/audio_lane.h"

#include <algorithm>

#include <fmt/format.h>

namespace longtake::media::ffmpeg {

namespace {

constexpr std::size_t kBufferLimit = 1 << 20;

AudioForm form_of(AVCodecID codec, bool framed, bool has_extradata) {
  switch (codec) {
    case AV_CODEC_ID_AAC:
      return framed && has_extradata ? AudioForm::whole : AudioForm::adts;
    case AV_CODEC_ID_AAC_LATM:
      return AudioForm::loas;
    case AV_CODEC_ID_MP1:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP3:
      return AudioForm::mpeg;
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
      return AudioForm::ac3;
    case AV_CODEC_ID_OPUS:
      return framed ? AudioForm::whole : AudioForm::opus_ts;
    default:
      return AudioForm::whole;
  }
}

Codec codec_of(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_OPUS:
      return Codec::opus;
    case AV_CODEC_ID_PCM_ALAW:
      return Codec::pcm_alaw;
    case AV_CODEC_ID_PCM_MULAW:
      return Codec::pcm_mulaw;
    default:
      return Codec::aac;
  }
}

}  // namespace

bool AudioLane::knows(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_AAC_LATM:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP3:
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
    case AV_CODEC_ID_OPUS:
    case AV_CODEC_ID_PCM_ALAW:
    case AV_CODEC_ID_PCM_MULAW:
      return true;
    default:
      return false;
  }
}

AudioLane::AudioLane(const Setup& setup)
    : codec_id_(setup.codec),
      time_base_(setup.time_base),
      announced_rate_(setup.sample_rate),
      announced_channels_(setup.channels),
      policy_(setup.policy),
      unstamped_(setup.unstamped),
      start_(setup.start),
      form_(form_of(setup.codec, setup.framed, !setup.extradata.empty())) {
  if (form_ == AudioForm::whole && codec_id_ != AV_CODEC_ID_AAC) {
    AudioHead head;
    head.codec = codec_of(codec_id_);
    head.sample_rate = codec_id_ == AV_CODEC_ID_OPUS ? 48000 : announced_rate_ ? announced_rate_ : 8000;
    head.channels = announced_channels_ ? announced_channels_ : codec_id_ == AV_CODEC_ID_OPUS ? 2 : 1;
    if (codec_id_ == AV_CODEC_ID_OPUS) head.config = make_dops(setup.extradata, head.channels);
    whole_head_ = head;
  }
  extradata_.assign(setup.extradata.begin(), setup.extradata.end());
  (void)configure(setup.extradata);
}

Status AudioLane::configure(std::span<const std::byte> extradata) {
  if (extradata.empty()) return {};
  extradata_.assign(extradata.begin(), extradata.end());
  if (codec_id_ != AV_CODEC_ID_AAC || (form_ != AudioForm::whole && form_ != AudioForm::adts)) return {};
  auto head = parse_audio_specific_config(extradata);
  if (!head) return make_error(Code::invalid, "the AAC configuration cannot be read");
  if (head->channels == 0) head->channels = announced_channels_ ? announced_channels_ : 2;
  whole_head_ = std::move(head);
  form_ = AudioForm::whole;
  return {};
}

bool AudioLane::must_convert(Codec codec) const {
  if (form_ == AudioForm::loas) return true;
  const bool unplayable = codec == Codec::mp2 || codec == Codec::pcm_alaw || codec == Codec::pcm_mulaw;
  return unplayable && policy_ == AudioPolicy::convert;
}

Status AudioLane::push(const Chunk& chunk, Frames& out) {
  if (chunk.bytes.empty()) return {};
  if (form_ == AudioForm::whole) {
    push_whole(chunk, out);
    return {};
  }
  if (buffer_.size() + chunk.bytes.size() > kBufferLimit) buffer_.clear();
  chunk_start_ = buffer_.size();
  chunk_ = chunk;
  buffer_.insert(buffer_.end(), chunk.bytes.begin(), chunk.bytes.end());
  cut_frames(out);
  return {};
}

void AudioLane::flush(Frames& out) {
  cut_frames(out);
  buffer_.clear();
  in_step_ = false;
  if (times_) times_->reset();
  if (transcoder_) transcoder_->reset();
}

void AudioLane::push_whole(const Chunk& chunk, Frames& out) {
  if (!whole_head_) {
    ++dropped_;
    return;
  }
  AudioHead& head = *whole_head_;
  if (head.codec == Codec::opus) head.samples = opus_samples(chunk.bytes);
  if (head.codec == Codec::pcm_alaw || head.codec == Codec::pcm_mulaw) {
    head.samples = static_cast<std::uint32_t>(chunk.bytes.size()) / std::max(head.channels, 1U);
  }
  std::span<const std::byte> sample = chunk.bytes;
  if (head.codec == Codec::aac && sample.size() > kAudioHeadSize && sample[0] == std::byte{0xFF}) {
    // Some cameras leave the ADTS header in place although the configuration was announced.
    const auto adts = find_audio_head(AudioForm::adts, sample);
    if (adts && adts->size == sample.size()) sample = sample.subspan(adts->header);
  }
  (void)emit(head, sample, chunk, chunk.pts != kNoStamp ? chunk.pts : chunk.dts, out);
}

void AudioLane::cut_frames(Frames& out) {
  std::size_t at = 0;
  const std::span<const std::byte> all(buffer_);
  while (at + kAudioHeadSize <= all.size()) {
    const auto head = find_audio_head(form_, all.subspan(at));
    if (!head) {
      in_step_ = false;
      ++at;
      continue;
    }
    std::size_t size = head->size;
    if (at + size > all.size()) break;
    // Out of step a head may be chance: believe it when another one follows it.
    const bool next_known = at + size + kAudioHeadSize <= all.size();
    if (!in_step_ && next_known && !find_audio_head(form_, all.subspan(at + size))) {
      ++at;
      continue;
    }
    if (head->codec == Codec::eac3) {
      // Dependent substreams belong to the sample of the frame they follow.
      while (at + size + kAudioHeadSize <= all.size()) {
        const auto next = find_audio_head(form_, all.subspan(at + size));
        if (!next || next->samples != 0 || at + size + next->size > all.size()) break;
        size += next->size;
      }
    }
    in_step_ = true;
    std::int64_t pts = kNoStamp;
    if (at >= chunk_start_ && (chunk_.pts != kNoStamp || chunk_.dts != kNoStamp)) {
      pts = chunk_.pts != kNoStamp ? chunk_.pts : chunk_.dts;
      chunk_.pts = chunk_.dts = kNoStamp;
    }
    (void)emit(*head, all.subspan(at + head->header, size - head->header), chunk_, pts, out);
    at += size;
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(std::min(at, buffer_.size())));
  chunk_start_ = chunk_start_ > at ? chunk_start_ - at : 0;
  chunk_.packet = nullptr;
  chunk_.bytes = {};
}

/// The track is what this head says, from here on.
void AudioLane::adopt(const AudioHead& head) {
  track_ = Track{};
  track_.codec = head.codec;
  track_.timescale = track_.sample_rate = head.sample_rate;
  track_.channels = head.channels;
  track_.config = head.config;
  times_.emplace(head.sample_rate);
  if (unstamped_) times_->start_at(rescale_nearest(start_, head.sample_rate, 90000));
  configured_ = true;
  fresh_track_ = std::make_unique<Track>(track_);
}

Status AudioLane::emit(const AudioHead& head, std::span<const std::byte> sample, const Chunk& chunk,
                       std::int64_t pts, Frames& out) {
  if (must_convert(head.codec)) {
    convert(head, sample, pts, chunk.wall, out);
    return {};
  }
  std::uint32_t samples = head.samples;
  if (head.codec == Codec::opus && form_ == AudioForm::opus_ts) samples = opus_samples(sample);
  if (samples == 0 || sample.empty()) {
    ++dropped_;
    return {};
  }
  const bool same = configured_ && track_.codec == head.codec && track_.sample_rate == head.sample_rate &&
                    track_.channels == head.channels &&
                    (track_.config == head.config || head.codec == Codec::eac3 || head.codec == Codec::opus);
  if (!same) {
    AudioHead full = head;
    if (head.codec == Codec::opus && full.config.empty()) {
      full.channels = announced_channels_ ? announced_channels_ : 2;
      full.config = make_dops(extradata_, full.channels);
    }
    if (!configured_ || track_.codec != full.codec || track_.config != full.config) adopt(full);
  }
  std::optional<std::int64_t> said;
  if (pts != kNoStamp) said = time_base_.to(pts, track_.timescale);
  const auto at = times_->place(said, samples);
  if (!at) {
    ++dropped_;
    return {};
  }
  Frame frame;
  const bool whole = form_ == AudioForm::whole && chunk.packet != nullptr;
  frame.payload = whole ? share(*chunk.packet, sample) : copy_payload(sample);
  frame.dts = frame.pts = *at;
  frame.duration = samples;
  frame.sync = true;
  frame.wall = chunk.wall;
  frame.track = std::move(fresh_track_);
  out.push_back(std::move(frame));
  return {};
}

void AudioLane::convert(const AudioHead& head, std::span<const std::byte> sample, std::int64_t pts,
                        std::optional<WallTime> wall, Frames& out) {
  if (conversion_failed_) return;
  if (!transcoder_) {
    const AVCodecID codec = head.codec == Codec::mp2 ? AV_CODEC_ID_MP2 : codec_id_;
    auto opened = Transcoder::open({.codec = codec,
                                    .sample_rate = head.sample_rate,
                                    .channels = head.channels,
                                    .time_base = time_base_,
                                    .extradata = codec == codec_id_ ? std::span<const std::byte>(extradata_)
                                                                    : std::span<const std::byte>{}});
    if (!opened) {
      conversion_failed_ = true;
      note_ = fmt::format("audio: {} left out ({})", avcodec_get_name(codec), opened.error().text());
      return;
    }
    transcoder_ = std::move(opened).value();
    note_ = fmt::format("audio: {} converted to aac", avcodec_get_name(codec));
  }
  if (!transcoder_->push(sample, pts, wall, out)) ++dropped_;
}

}  // namespace longtake::media::ffmpeg
