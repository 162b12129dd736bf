#include "playback/still.h"

#include <algorithm>

#include "media/ffmpeg/frames.h"
#include "media/ticks.h"
#include "playback/fingerprint.h"

namespace longtake::playback {
namespace {

using archive::SegmentView;
using media::Sample;
using media::TrackKind;
using Format = Playback::Format;

constexpr unsigned max_width = 7680;
constexpr int quality = 90;

/// A picture in the footage.
struct Target {
  Cursor where;
  std::uint32_t number = 0;  ///< of the sample in its fragment, decode order
  std::int64_t dts = 0, pts = 0;
  std::uint32_t duration = 0;
};

/// The last picture of the piece that begins at or before `t`. Around a cut inside a GOP reordered pictures
/// may lie one fragment away from where their decode time says.
std::optional<Target> find_target(const Piece& piece, std::size_t piece_number, MediaTime t) {
  const auto& segment = *piece.segment;
  const auto timescale = segment.tracks->video->timescale;
  const auto middle = covering(segment, t, TrackKind::video);
  std::optional<Target> best;
  std::vector<Sample> samples;
  const auto consider = [&](std::size_t fragment) {
    samples.clear();
    segment.index[fragment].samples(TrackKind::video, samples);
    for (std::uint32_t i = 0; i < samples.size(); ++i) {
      const auto& s = samples[i];
      if (media::to_media_nearest(s.pts(), timescale) > t || (best && s.pts() <= best->pts)) continue;
      best = Target{{piece_number, fragment}, i, s.dts, s.pts(), s.duration};
    }
  };
  for (auto i = middle > 0 ? middle - 1 : 0; i < std::min(middle + 2, segment.index.size()); ++i)
    consider(i);
  for (auto i = middle; !best && i > 1; --i)  // sound without a picture came between
    consider(i - 2);
  return best;
}

/// The sync fragment from which the target decodes: not its own when it is a leading picture of an open GOP.
Cursor decode_from(std::span<const Piece> pieces, const Target& target) {
  auto here = target.where;
  const auto usable = [&](const Cursor& at) {
    const auto view = pieces[at.piece].segment->index[at.fragment];
    return view.sync() && view.track(TrackKind::video).count > 0 && keyframe_pts(view) <= target.pts;
  };
  while (!usable(here)) {
    if (here.fragment > 0) {
      --here.fragment;
    } else if (here.piece > 0 && pieces[here.piece].joined) {
      --here.piece;
      here.fragment = pieces[here.piece].segment->index.size() - 1;
    } else {
      break;  // nothing before: decode what there is
    }
  }
  return here;
}

/// The keyframe that a picture decodes from: the newest picture that needs no other.
Target keyframe_before(std::span<const Piece> pieces, const Target& target) {
  const auto where = decode_from(pieces, target);
  std::vector<Sample> samples;
  pieces[where.piece].segment->index[where.fragment].samples(TrackKind::video, samples);
  const auto& keyframe = samples.front();
  return {where, 0, keyframe.dts, keyframe.pts(), keyframe.duration};
}

/// Coded bytes from the keyframe to the target, read at once, and which of them are samples to decode.
struct Coded {
  media::Bytes bytes;
  std::vector<media::ffmpeg::CodedSample> samples;
};

Result<Coded> read_coded(std::span<const Piece> pieces, Cursor from, const Target& target) {
  Coded out;
  media::SliceList slices;
  std::vector<Sample> all, some;
  for (auto here = from;;) {
    const auto& segment = *pieces[here.piece].segment;
    some.clear();
    segment.index[here.fragment].samples(TrackKind::video, some);
    const bool last = here == target.where;
    if (last) some.resize(std::min<std::size_t>(some.size(), target.number + 1));
    if (!some.empty())
      slices.append(
          segment.slices(some.front().offset, some.back().offset + some.back().size - some.front().offset));
    all.insert(all.end(), some.begin(), some.end());
    if (last) break;
    if (++here.fragment == segment.index.size()) here = {here.piece + 1, 0};
  }
  LT_TRY(out.bytes, slices.read_all(), "reading {} samples of segment {}", all.size(),
         pieces[from.piece].segment->summary.id);
  const std::span<const std::byte> bytes{out.bytes};
  std::size_t at = 0;
  out.samples.reserve(all.size());
  for (const auto& s : all) {
    // Leading pictures of the first keyframe refer to what is not there, and nothing refers to them.
    if (s.pts() >= std::min(all.front().pts(), target.pts))
      out.samples.push_back({bytes.subspan(at, s.size), s.dts, s.pts()});
    at += s.size;
  }
  return out;
}

/// Never enlarged: 0 (as recorded) when the asked width is not smaller than the picture.
int width_for(const media::Track& track, unsigned asked) {
  const auto shown = track.sar_num > 0 && track.sar_den > 0
                         ? media::rescale_nearest(track.width, track.sar_num, track.sar_den)
                         : track.width;
  return static_cast<std::int64_t>(asked) >= shown ? 0 : static_cast<int>(asked);
}

media::ffmpeg::PictureFormat format_of(Format format) {
  switch (format) {
    case Format::jpg:
      return media::ffmpeg::PictureFormat::jpeg;
    case Format::png:
      return media::ffmpeg::PictureFormat::png;
    case Format::webp:
      return media::ffmpeg::PictureFormat::webp;
  }
  return media::ffmpeg::PictureFormat::jpeg;
}

const char* type_of(Format format) {
  switch (format) {
    case Format::jpg:
      return "image/jpeg";
    case Format::png:
      return "image/png";
    case Format::webp:
      return "image/webp";
  }
  return "image/jpeg";
}

/// The piece and instant to show. At the moving edge the newest picture still stands for its own duration.
struct Moment {
  std::size_t piece = 0;
  WallTime at;
  bool settled = true;
};

std::optional<Moment> find_moment(std::span<const Piece> pieces, WallTime at, const MovingEdge& edge) {
  if (const auto piece = find_piece(pieces, at)) return Moment{*piece, at};
  if (pieces.empty() || !edge.newest || at < *edge.newest) return std::nullopt;
  const auto& newest = pieces.back();
  if (at < newest.to || newest.segment->tracks->video == std::nullopt) return std::nullopt;
  const auto last = newest.to - Micros{1};
  const auto target = find_target(newest, pieces.size() - 1, newest.segment->summary.anchor.to_media(last));
  if (!target) return std::nullopt;
  const auto duration =
      media::to_media_nearest(target->duration, newest.segment->tracks->video->timescale).time_since_epoch();
  if (at - newest.to >= duration) return std::nullopt;
  return Moment{pieces.size() - 1, last, false};
}

Result<media::Bytes> make_picture(std::span<const Piece> pieces, const Target& target, Format format,
                                  int width) {
  const auto& track = *pieces[target.where.piece].segment->tracks->video;
  LT_TRY(const auto coded, read_coded(pieces, decode_from(pieces, target), target));
  LT_TRY(const auto picture, media::ffmpeg::decode_picture(track, coded.samples, target.pts));
  return media::ffmpeg::encode_picture(picture, track,
                                       {.format = format_of(format), .width = width, .quality = quality});
}

}  // namespace

Result<View> render_still(const Footage& footage, ByteCache& cache, ChannelId channel,
                          const Playback::FrameQuery& query) {
  if (query.width > max_width) return make_error(Code::invalid, "width must be at most {}", max_width);
  const auto edge = footage.edge(channel);
  if (!query.at && !edge.newest)
    return make_error(Code::not_found, "nothing is recorded of this channel yet");
  const auto at = query.at ? *query.at : *edge.newest - Micros{1};
  LT_TRY(const auto pieces, footage.pieces(channel, {at, at + Micros{1}}));
  const auto moment = find_moment(pieces, at, edge);
  if (!moment) return footage.nothing_at(channel, at);
  const auto& piece = pieces[moment->piece];
  const auto found =
      piece.segment->tracks->video
          ? find_target(piece, moment->piece, piece.segment->summary.anchor.to_media(moment->at))
          : std::nullopt;
  if (!found)
    return make_error(Code::not_found, "the channel has no picture at {}, only sound", format_rfc3339(at));
  const auto target = query.at ? *found : keyframe_before(pieces, *found);
  const auto& segment = *pieces[target.where.piece].segment;

  const auto width = width_for(*segment.tracks->video, query.width);
  View view;
  view.content_type = type_of(query.format);
  view.final = query.at && moment->settled;
  view.etag = Fingerprint{"still 1"}
                  .add(segment.summary.id.value)
                  .add(target.dts)
                  .add(width)
                  .add(static_cast<int>(query.format))
                  .etag();
  view.headers.emplace_back("Longtake-Instant",
                            format_rfc3339(wall_of(segment, target.pts, segment.tracks->video->timescale)));
  auto bytes = cache.find(view.etag);
  if (!bytes) {
    LT_TRY(auto made, make_picture(pieces, target, query.format, width), "picturing {} of channel {}",
           format_rfc3339(at), channel);
    bytes = std::make_shared<const media::Bytes>(std::move(made));
    cache.put(view.etag, bytes);
  }
  view.body.append(std::move(bytes));
  return view;
}

}  // namespace longtake::playback
