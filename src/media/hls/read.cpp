// Reading the playlists of sources. RFC 8216 and its second edition; unknown tags are passed over.

#include <algorithm>
#include <cctype>
#include <tuple>

#include "media/hls/attributes.h"
#include "media/hls/playlist.h"

namespace longtake::media::hls {
namespace {

constexpr std::size_t max_text = 32U << 20;
constexpr std::size_t max_line = 64U << 10;
constexpr std::size_t max_entries = 200'000;

/// Lines without their ends; CR LF and lone CR at an end are taken off.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const auto end = rest_.find('\n');
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
      line.remove_suffix(1);
    ++number_;
    return line;
  }
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

bool looks_like_web_page(std::string_view text) {
  std::string head{text.substr(0, 512)};
  std::ranges::transform(head, head.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return head.find("<!doctype html") != std::string::npos || head.find("<html") != std::string::npos ||
         head.find("<head") != std::string::npos || head.find("<body") != std::string::npos;
}

Error not_a_playlist(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos)
    return make_error(Code::invalid, "the answer is empty where a playlist was expected");
  if (looks_like_web_page(text))
    return make_error(Code::invalid, "this is a web page, not a playlist").named("source-not-a-stream");
  return make_error(Code::invalid, "this is not a playlist: it does not begin with #EXTM3U")
      .named("source-not-a-stream");
}

class Parser {
 public:
  Result<SourcePlaylist> run(std::string_view text) {
    Lines lines{text};
    lines.next();  // #EXTM3U, checked by the caller
    while (const auto line = lines.next()) {
      number_ = lines.number();
      if (line->size() > max_line) return bad("line is longer than 64 KiB");
      if (line->empty()) continue;
      LT_CHECK(line->front() == '#' ? tag(*line) : address(*line));
    }
    return finish();
  }

 private:
  Error bad(std::string_view reason) const {
    return make_error(Code::invalid, "playlist line {}: {}", number_, reason);
  }

  /// The text behind "NAME:" when the line is that tag.
  static std::optional<std::string_view> value(std::string_view line, std::string_view name) {
    if (!line.starts_with(name)) return std::nullopt;
    line.remove_prefix(name.size());
    if (line.empty()) return line;
    if (line.front() != ':') return std::nullopt;
    return line.substr(1);
  }

  Status tag(std::string_view line) {
    if (!line.starts_with("#EXT")) return {};
    if (const auto v = value(line, "#EXTINF")) return extinf(*v);
    if (const auto v = value(line, "#EXT-X-STREAM-INF")) return stream(*v);
    if (const auto v = value(line, "#EXT-X-MEDIA")) return rendition(*v);
    if (const auto v = value(line, "#EXT-X-TARGETDURATION")) return target(*v);
    if (const auto v = value(line, "#EXT-X-MEDIA-SEQUENCE")) return sequence(*v);
    if (const auto v = value(line, "#EXT-X-BYTERANGE")) return byte_range(*v);
    if (const auto v = value(line, "#EXT-X-MAP")) return map(*v);
    if (const auto v = value(line, "#EXT-X-KEY")) return key(*v);
    if (const auto v = value(line, "#EXT-X-PROGRAM-DATE-TIME")) {
      // A wrong clock never stops a recording: a time that cannot be read is as good as none.
      if (const auto wall = parse_date_time(*v)) next_wall_ = wall;
      return {};
    }
    if (value(line, "#EXT-X-DISCONTINUITY"))
      next_.discontinuity = true;
    else if (value(line, "#EXT-X-GAP"))
      next_.gap = true;
    else if (value(line, "#EXT-X-ENDLIST"))
      out_.ended = true;
    return {};
  }

  Status extinf(std::string_view v) {
    const auto duration = parse_seconds(v.substr(0, v.find(',')));
    if (!duration) return bad("EXTINF has no duration");
    next_.duration = *duration;
    has_duration_ = true;
    return {};
  }

  Status stream(std::string_view v) {
    const Attributes a{v};
    variant_ = SourceVariant{};
    variant_->bandwidth = parse_integer(a.get("BANDWIDTH")).value_or(0);
    if (const auto shape = parse_resolution(a.get("RESOLUTION")))
      std::tie(variant_->width, variant_->height) = *shape;
    variant_->frame_rate = parse_decimal(a.get("FRAME-RATE"));
    variant_->codecs = a.get("CODECS");
    variant_->audio_group = a.get("AUDIO");
    out_.master = true;
    return {};
  }

  Status rendition(std::string_view v) {
    const Attributes a{v};
    if (out_.renditions.size() >= max_entries) return bad("too many renditions");
    out_.renditions.push_back({.type = std::string{a.get("TYPE")},
                               .group = std::string{a.get("GROUP-ID")},
                               .name = std::string{a.get("NAME")},
                               .uri = std::string{a.get("URI")},
                               .language = std::string{a.get("LANGUAGE")},
                               .is_default = a.get("DEFAULT") == "YES"});
    out_.master = true;
    return {};
  }

  Status target(std::string_view v) {
    const auto seconds = parse_seconds(v);
    if (!seconds) return bad("EXT-X-TARGETDURATION is no number");
    out_.target_duration = *seconds;
    has_target_ = true;
    return {};
  }

  Status sequence(std::string_view v) {
    const auto number = parse_integer(v);
    if (!number || *number > (std::uint64_t{1} << 62)) return bad("EXT-X-MEDIA-SEQUENCE is no number");
    out_.media_sequence = *number;
    return {};
  }

  Status byte_range(std::string_view v) {
    next_.range = parse_byte_range(v, next_offset_);
    if (!next_.range) return bad("EXT-X-BYTERANGE is not SIZE@OFFSET");
    return {};
  }

  Status map(std::string_view v) {
    const Attributes a{v};
    if (a.get("URI").empty()) return bad("EXT-X-MAP has no URI");
    map_uri_ = a.get("URI");
    map_range_.reset();
    if (const auto range = a.get("BYTERANGE"); !range.empty()) {
      map_range_ = parse_byte_range(range, 0);
      if (!map_range_) return bad("EXT-X-MAP has a BYTERANGE that is not SIZE@OFFSET");
    }
    return {};
  }

  Status key(std::string_view v) {
    const Attributes a{v};
    const auto method = a.get("METHOD");
    if (method.empty()) return bad("EXT-X-KEY has no METHOD");
    if (method == "NONE")
      key_.reset();
    else
      key_ = SourceSegment::Key{std::string{method}, std::string{a.get("URI")}, std::string{a.get("IV")}};
    return {};
  }

  Status address(std::string_view uri) {
    if (variant_) {
      if (out_.variants.size() >= max_entries) return bad("too many variants");
      variant_->uri = uri;
      out_.variants.push_back(*std::move(variant_));
      variant_.reset();
      return {};
    }
    if (!has_duration_) return bad("an address without EXTINF or EXT-X-STREAM-INF before it");
    if (out_.segments.size() >= max_entries) return bad("too many segments");
    copied_ += (map_uri_ ? map_uri_->size() : 0) + (key_ ? key_->uri.size() + key_->iv.size() : 0);
    if (copied_ > 2 * max_text) return bad("addresses of maps and keys are too long");
    segment(uri);
    return {};
  }

  void segment(std::string_view uri) {
    next_.uri = uri;
    next_offset_ = next_.range ? std::optional{next_.range->offset + next_.range->size} : std::nullopt;
    next_.map_uri = map_uri_;
    next_.map_range = map_range_;
    next_.key = key_;
    next_.program_date_time = next_wall_;
    if (next_wall_) *next_wall_ += next_.duration;
    out_.segments.push_back(std::move(next_));
    next_ = {};
    has_duration_ = false;
  }

  Result<SourcePlaylist> finish() {
    if (out_.master && !out_.segments.empty())
      return make_error(Code::invalid, "playlist lists both variants and segments");
    if (out_.master && out_.variants.empty())
      return make_error(Code::invalid, "master playlist has no variant");
    if (!out_.master && !has_target_ && out_.segments.empty())
      return make_error(Code::invalid, "playlist has neither variants nor segments");
    auto number = out_.media_sequence;
    for (auto& s : out_.segments) {
      s.sequence = number++;
      if (!has_target_) out_.target_duration = std::max(out_.target_duration, s.duration);
    }
    return std::move(out_);
  }

  SourcePlaylist out_;
  SourceSegment next_;
  std::optional<SourceVariant> variant_;
  std::optional<WallTime> next_wall_;
  std::optional<std::string> map_uri_;
  std::optional<ByteRange> map_range_;
  std::optional<SourceSegment::Key> key_;
  std::optional<std::uint64_t> next_offset_;
  bool has_duration_ = false, has_target_ = false;
  std::size_t copied_ = 0;  // bytes of map and key addresses repeated for every segment
  std::size_t number_ = 1;
};

}  // namespace

Result<SourcePlaylist> parse(std::string_view text) {
  if (text.size() > max_text) return make_error(Code::invalid, "playlist is longer than 32 MiB");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text.starts_with("#EXTM3U")) return not_a_playlist(text);
  return Parser{}.run(text);
}

}  // namespace longtake::media::hls
