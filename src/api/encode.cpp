#include "api/encode.h"

#include <sodium.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace longtake::api {
namespace {

namespace json = boost::json;

/// Names that pages translate; several causes of the archive are one to a viewer.
std::string_view cause_name(archive::GapCause cause) {
  switch (cause) {
    case archive::GapCause::source_lost:
    case archive::GapCause::source_ended:
      return "source_lost";
    case archive::GapCause::source_changed:
      return "source_changed";
    case archive::GapCause::stopped:
      return "stopped";
    case archive::GapCause::server_stopped:
      return "server_down";
    case archive::GapCause::server_crashed:
      return "server_crashed";
    case archive::GapCause::disk_full:
      return "disk_full";
    case archive::GapCause::disk_slow:
      return "overload";
    case archive::GapCause::expired:
      return "deleted";
  }
  return "unknown";
}

std::string_view codec_title(media::Codec codec) {
  using media::Codec;
  switch (codec) {
    case Codec::h264:
      return "H.264";
    case Codec::hevc:
      return "HEVC";
    case Codec::av1:
      return "AV1";
    case Codec::aac:
      return "AAC";
    case Codec::mp3:
      return "MP3";
    case Codec::opus:
      return "Opus";
    case Codec::ac3:
      return "AC-3";
    case Codec::eac3:
      return "E-AC-3";
    case Codec::mp2:
      return "MP2";
    case Codec::pcm_alaw:
      return "G.711 A-law";
    case Codec::pcm_mulaw:
      return "G.711 mu-law";
  }
  return "";
}

/// Two decimals: 29.97.
double rounded_rate(double rate) {
  return std::round(rate * 100) / 100;
}

/// Fields that a channel may have: an object that need not grow is quicker made.
constexpr std::size_t most_fields = 26;

json::object source_json(const std::string& url, const json::storage_ptr& storage) {
  const auto shown = public_url(url);
  return json::object{
      {{"url", shown.url}, {"kind", source_kind(url)}, {"hasCredentials", shown.had_credentials}}, storage};
}

json::object retention_json(const archive::Retention& retention, const json::storage_ptr& storage) {
  json::object out{{{"maxAgeHours", nullptr}, {"maxBytes", nullptr}}, storage};
  if (retention.max_age) out["maxAgeHours"] = retention.max_age->count();
  if (retention.max_bytes) out["maxBytes"] = *retention.max_bytes;
  return out;
}

void add_tracks(json::object& out, const ingest::ChannelStatus& status) {
  const auto& tracks = status.tracks;
  out["hasVideo"] = tracks && tracks->video.has_value();
  out["hasAudio"] = tracks && tracks->audio.has_value();
  if (!tracks) return;
  out["codecs"] = tracks->rfc6381();
  if (tracks->video) {
    out["width"] = tracks->video->width;
    out["height"] = tracks->video->height;
    if (status.frame_rate > 0) out["frameRate"] = rounded_rate(status.frame_rate);
    if (status.gop.count() > 0) out["gopMs"] = status.gop.count();
  }
  if (status.bit_rate > 0) out["bitRate"] = status.bit_rate;
  if (!status.notes.empty())
    out["notes"] = json::array(status.notes.begin(), status.notes.end(), out.storage());
}

std::string base64(const media::Bytes& bytes) {
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.resize(out.find('\0'));
  return out;
}

}  // namespace

std::string_view audio_name(archive::AudioPolicy policy) {
  switch (policy) {
    case archive::AudioPolicy::convert:
      return "convert";
    case archive::AudioPolicy::keep:
      return "keep";
    case archive::AudioPolicy::off:
      return "off";
  }
  return "convert";
}

std::string_view rtsp_transport_name(archive::RtspTransport transport) {
  return transport == archive::RtspTransport::udp ? "udp" : "tcp";
}

ChannelFacts gather(const archive::Channel& channel, const ingest::Supervisor& supervisor,
                    const archive::Archive& archive) {
  return {.channel = channel,
          .status = supervisor.status(channel.id),
          .oldest = archive.oldest(channel.id),
          .newest = archive.newest(channel.id),
          .recorded_bytes = archive.recorded_bytes(channel.id)};
}

json::object channel_json(const ChannelFacts& facts, const json::storage_ptr& storage) {
  const auto& channel = facts.channel;
  const auto& settings = channel.settings;
  const auto& status = facts.status;
  json::object out{{{"id", to_string(channel.id)},
                    {"name", settings.name},
                    {"state", ingest::to_string(status.state)},
                    {"stateSince", format_rfc3339(status.since)},
                    {"source", source_json(settings.source_url, storage)},
                    {"segmentSeconds", settings.segment_length.count()},
                    {"retention", retention_json(settings.retention, storage)},
                    {"audio", audio_name(settings.audio)},
                    {"rtspTransport", rtsp_transport_name(settings.rtsp_transport)},
                    {"bytesRecorded", facts.recorded_bytes},
                    {"version", channel.version},
                    {"createdAt", format_rfc3339(channel.created)}},
                   most_fields,
                   storage};
  const bool trouble = status.state == ingest::State::reconnecting || status.state == ingest::State::failed;
  if (trouble && !status.cause.empty()) {
    out["cause"] = status.cause;
    out["causeKind"] = status.cause_kind;
  }
  if (facts.oldest) out["recordedFrom"] = format_rfc3339(*facts.oldest);
  if (facts.newest) out["recordedTo"] = format_rfc3339(*facts.newest);
  add_tracks(out, status);
  return out;
}

json::object timeline_json(const archive::Timeline& timeline) {
  json::array spans;
  for (const auto& span : timeline.spans)
    spans.push_back({{"from", format_rfc3339(span.from)},
                     {"to", format_rfc3339(span.to)},
                     {"runId", to_string(span.run)}});
  json::array gaps;
  for (const auto& gap : timeline.gaps)
    gaps.push_back({{"from", format_rfc3339(gap.from)},
                    {"to", format_rfc3339(gap.to)},
                    {"cause", cause_name(gap.cause)},
                    {"detail", gap.detail}});
  return {{"from", format_rfc3339(timeline.range.from)},
          {"to", format_rfc3339(timeline.range.to)},
          {"spans", std::move(spans)},
          {"gaps", std::move(gaps)}};
}

json::object report_json(const ingest::SourceReport& report) {
  json::array tracks;
  if (const auto& video = report.tracks.video) {
    json::object track{{"kind", "video"},
                       {"codec", codec_title(video->codec)},
                       {"width", video->width},
                       {"height", video->height}};
    if (report.frame_rate > 0) track["frameRate"] = rounded_rate(report.frame_rate);
    tracks.push_back(std::move(track));
  }
  if (const auto& audio = report.tracks.audio)
    tracks.push_back({{"kind", "audio"},
                      {"codec", codec_title(audio->codec)},
                      {"sampleRate", audio->sample_rate},
                      {"channels", audio->channels}});
  json::object out{{"ok", true}, {"protocol", report.protocol}, {"tracks", std::move(tracks)}};
  out["notes"] = json::array(report.notes.begin(), report.notes.end());
  if (!report.picture.empty()) out["picture"] = "data:image/jpeg;base64," + base64(report.picture);
  if (report.gop.count() > 0) out["gopMs"] = report.gop.count();
  if (report.bit_rate > 0) out["bitRate"] = report.bit_rate;
  return out;
}

http::Response json_response(const json::object& object, int status) {
  return http::Response::json(json::serialize(object), status).with("Cache-Control", "no-store");
}

}  // namespace longtake::api
