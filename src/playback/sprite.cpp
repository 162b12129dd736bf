#include "playback/sprite.h"

#include <algorithm>

#include "media/ffmpeg/frames.h"
#include "playback/fingerprint.h"

namespace longtake::playback {
namespace {

using archive::SharedSegment;
using media::TrackKind;

constexpr int max_columns = 10;
constexpr unsigned min_width = 16;
constexpr unsigned max_width = 640;
constexpr int quality = 75;

/// One step of the range; without a segment nothing is recorded there.
struct Cell {
  SharedSegment segment;
  std::size_t fragment = 0;
  bool operator==(const Cell&) const = default;
};

struct Sheet {
  std::vector<Cell> cells;
  int columns = 0, rows = 0;
  int width = 0, height = 0;  ///< of a cell
  bool final = false;
};

/// The last keyframe of the piece at or before `at`; the first one for the instants before it.
std::optional<Cell> keyframe_at(std::span<const Piece> pieces, std::size_t piece, WallTime at) {
  for (auto p = piece + 1; p-- > 0;) {
    const auto& segment = pieces[p].segment;
    if (!segment->tracks->video) return std::nullopt;
    const auto timescale = segment->tracks->video->timescale;
    for (auto i = covering(*segment, segment->summary.anchor.to_media(at), TrackKind::video) + 1; i-- > 0;) {
      const auto view = segment->index[i];
      if (view.keyframe_size() > 0 && wall_of(*segment, keyframe_pts(view), timescale) <= at)
        return Cell{segment, i};
    }
    if (!pieces[p].joined) break;
  }
  const auto& segment = pieces[piece].segment;
  for (std::size_t i = 0; i < segment->index.size(); ++i)
    if (segment->index[i].keyframe_size() > 0) return Cell{segment, i};
  return std::nullopt;
}

Status check(const Playback::SpriteQuery& query, unsigned max_sprites) {
  if (query.range.empty()) return make_error(Code::invalid, "to must be after from");
  if (query.step <= Micros{0}) return make_error(Code::invalid, "step must be positive");
  if (query.width < min_width || query.width > max_width)
    return make_error(Code::invalid, "width must be {} to {}, not {}", min_width, max_width, query.width);
  const auto count = (query.range.length() - Micros{1}) / query.step + 1;
  if (count > static_cast<std::int64_t>(max_sprites))
    return make_error(Code::invalid,
                      "{} pictures are more than the limit of {}; take a longer step or a shorter range",
                      count, max_sprites);
  return {};
}

/// Looks every step up. Steps may be seconds or days apart: pieces are fetched where the ones at hand end.
Result<Sheet> plan(const Footage& footage, unsigned max_sprites, ChannelId channel,
                   const Playback::SpriteQuery& query) {
  LT_CHECK(check(query, max_sprites));
  Sheet sheet;
  sheet.final = query.range.to <= footage.edge(channel).settled;
  std::vector<Piece> pieces;
  WallRange fetched{query.range.from, query.range.from};
  const Micros reach = std::min<Micros>(query.step * 10, std::chrono::hours{1});
  const media::Track* video = nullptr;
  for (auto at = query.range.from; at < query.range.to; at += query.step) {
    if (!fetched.contains(at)) {
      fetched = {at, std::max(at + Micros{1}, std::min(at + reach, query.range.to))};
      LT_TRY(pieces, footage.pieces(channel, fetched), "planning a sprite of channel {}", channel);
    }
    const auto piece = find_piece(pieces, at);
    auto cell = piece ? keyframe_at(pieces, *piece, at) : std::nullopt;
    if (cell && !video) video = &*cell->segment->tracks->video;
    sheet.cells.push_back(cell ? std::move(*cell) : Cell{});
    if (video && sheet.height == 0)
      sheet.height = media::ffmpeg::height_for(*video, static_cast<int>(query.width));
  }
  if (!video) return footage.nothing_in(channel, query.range);
  const auto count = static_cast<int>(sheet.cells.size());
  sheet.columns = std::min(count, max_columns);
  sheet.rows = (count + sheet.columns - 1) / sheet.columns;
  sheet.width = static_cast<int>(query.width);
  return sheet;
}

std::string tag_of(const Sheet& sheet) {
  Fingerprint tag{"sprite 1"};
  tag.add(sheet.width).add(sheet.height);
  for (const auto& cell : sheet.cells)
    tag.add(cell.segment ? cell.segment->summary.id.value : 0).add(cell.fragment);
  return tag.etag();
}

/// Decodes keyframes in the order of time, each once; the decoder lives as long as the codec settings do.
class Painter {
 public:
  /// The cell's picture, or why there is none.
  Result<const media::ffmpeg::Picture*> picture(const Cell& cell) {
    if (cell == last_ && picture_) return &*picture_;
    picture_.reset();
    const auto& segment = *cell.segment;
    if (!decoder_ || !tracks_ || tracks_->video != segment.tracks->video) {
      decoder_.reset();
      LT_TRY(auto decoder, media::ffmpeg::KeyframeDecoder::open(*segment.tracks->video));
      decoder_.emplace(std::move(decoder));
      tracks_ = segment.tracks;
    }
    const auto view = segment.index[cell.fragment];
    LT_TRY(const auto bytes,
           segment.slices(view.track(TrackKind::video).offset, view.keyframe_size()).read_all(),
           "reading a keyframe of segment {}", segment.summary.id);
    LT_TRY(auto picture, decoder_->decode(bytes), "decoding a keyframe of segment {}", segment.summary.id);
    picture_.emplace(std::move(picture));
    last_ = cell;
    return &*picture_;
  }

 private:
  std::shared_ptr<const media::Tracks> tracks_;
  std::optional<media::ffmpeg::KeyframeDecoder> decoder_;
  std::optional<media::ffmpeg::Picture> picture_;
  Cell last_;
};

/// A cell that cannot be painted stays black; the sheet fails only when none can.
Result<media::Bytes> paint(const Sheet& sheet, Log& log) {
  media::ffmpeg::SpriteSheet canvas{sheet.columns, sheet.rows, sheet.width, sheet.height};
  Painter painter;
  std::optional<Error> failure;
  bool any = false;
  for (std::size_t i = 0; i < sheet.cells.size(); ++i) {
    if (!sheet.cells[i].segment) continue;
    auto picture = painter.picture(sheet.cells[i]);
    if (!picture.ok()) {
      log.debug("sprite cell left black", {{"why", picture.error().story()}});
      failure = std::move(picture).error();
      continue;
    }
    const auto column = static_cast<int>(i) % sheet.columns, row = static_cast<int>(i) / sheet.columns;
    LT_CHECK(canvas.paste(column, row, **picture));
    any = true;
  }
  if (!any && failure) return *failure;
  return canvas.encode_jpeg(quality);
}

std::string cue_time(Micros t) {
  const auto ms = t.count() / 1000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

}  // namespace

Result<View> render_sprite(const Footage& footage, ByteCache& cache, Log& log, unsigned max_sprites,
                           ChannelId channel, const Playback::SpriteQuery& query) {
  LT_TRY(const auto sheet, plan(footage, max_sprites, channel, query));
  View view;
  view.content_type = "image/jpeg";
  view.etag = tag_of(sheet);
  view.final = sheet.final;
  auto bytes = cache.find(view.etag);
  if (!bytes) {
    LT_TRY(auto made, paint(sheet, log), "painting a sprite of channel {}", channel);
    bytes = std::make_shared<const media::Bytes>(std::move(made));
    cache.put(view.etag, bytes);
  }
  view.body.append(std::move(bytes));
  return view;
}

Result<View> render_sprite_vtt(const Footage& footage, unsigned max_sprites, ChannelId channel,
                               const Playback::SpriteQuery& query) {
  LT_TRY(const auto sheet, plan(footage, max_sprites, channel, query));
  auto picture = fmt::format("sprite.jpg?from={}&to={}&step={}&width={}", format_rfc3339(query.range.from),
                             format_rfc3339(query.range.to), query.step.count() / 1000, query.width);
  if (!query.passthrough.empty()) picture += "&" + query.passthrough;
  std::string text = "WEBVTT\n";
  for (std::size_t i = 0; i < sheet.cells.size(); ++i) {
    if (!sheet.cells[i].segment) continue;
    const auto from = query.step * static_cast<std::int64_t>(i);
    const auto to = std::min(from + query.step, query.range.length());
    const auto column = static_cast<int>(i) % sheet.columns, row = static_cast<int>(i) / sheet.columns;
    text += fmt::format("\n{} --> {}\n{}#xywh={},{},{},{}\n", cue_time(from), cue_time(to), picture,
                        column * sheet.width, row * sheet.height, sheet.width, sheet.height);
  }
  View view;
  view.content_type = "text/vtt; charset=utf-8";
  view.etag = Fingerprint{"cues"}.add(std::string_view{text}).etag();
  view.final = sheet.final;
  const auto bytes = std::as_bytes(std::span{text.data(), text.size()});
  view.body.append(media::Bytes{bytes.begin(), bytes.end()});
  return view;
}

}  // namespace longtake::playback
