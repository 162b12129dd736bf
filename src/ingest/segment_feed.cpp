#include "ingest/segment_feed.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "ingest/address_rules.h"
#include "ingest/pause.h"
#include "ingest/sniff.h"
#include "ingest/url.h"

namespace longtake::ingest {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t playlist_limit = 8u << 20;
constexpr std::uint64_t segment_limit = 256u << 20;
constexpr std::size_t piece_size = 64u << 10;
constexpr int segment_tries = 3;
constexpr auto retry_pause = 500ms;
/// A live playlist may fail this often in a row before the connection counts as lost.
constexpr int playlist_tries = 3;
/// So many segments in a row that cannot be loaded mean that the source is broken.
constexpr int lost_limit = 4;

}  // namespace

Result<io::HttpResponse> get_text(io::HttpClient& client, const std::string& url,
                                  const std::stop_token& stop) {
  io::HttpRequest request{.url = url, .body_limit = playlist_limit, .timeout = 15s};
  LT_TRY(auto response, client.get(request, stop));
  LT_CHECK(check_status(response, url));
  return response;
}

SegmentFeed::SegmentFeed(Options options)
    : options_(std::move(options)), client_(options_.http), base_(options_.url), tracker_(options_.tracker) {}

Status SegmentFeed::start(std::optional<media::hls::SourcePlaylist> playlist) {
  if (playlist) {
    LT_CHECK(tracker_.update(*std::move(playlist), options_.clock->steady()));
  } else {
    LT_CHECK(load());
  }
  return next_stream();
}

Status SegmentFeed::load() {
  LT_TRY(const auto response, get_text(client_, options_.url, options_.stop));
  base_ = response.final_url.empty() ? options_.url : response.final_url;
  return take(response.body);
}

Status SegmentFeed::take(std::string_view text) {
  LT_TRY(auto playlist, media::hls::parse(text));
  return tracker_.update(std::move(playlist), options_.clock->steady());
}

Status SegmentFeed::next_stream() {
  over_ = Over::no;
  at_stream_start_ = true;
  program_clock_ = {};
  if (held_) LT_CHECK(fetch(*std::exchange(held_, std::nullopt)));
  LT_TRY(const bool more, advance());
  if (!more) return make_error(Code::unavailable, "the stream of {} has ended", redact_url(options_.url));
  return {};
}

Result<std::size_t> SegmentFeed::read(std::span<std::byte> into) {
  while (pieces_.empty()) {
    if (over_ != Over::no) return std::size_t{0};
    LT_TRY(const bool more, advance());
    if (!more) return std::size_t{0};
  }
  const auto& piece = pieces_.front();
  const auto size = std::min(into.size(), piece.size() - read_from_first_);
  std::memcpy(into.data(), piece.data() + read_from_first_, size);
  read_from_first_ += size;
  if (read_from_first_ == piece.size()) {
    pieces_.pop_front();
    read_from_first_ = 0;
  }
  return size;
}

/// Fetches the next segment, waiting for it; false when the stream is over.
Result<bool> SegmentFeed::advance() {
  while (pieces_.empty()) {
    auto next = tracker_.next();
    if (!next) {
      if (tracker_.ended()) {
        over_ = Over::ended;
        return false;
      }
      LT_CHECK(wait_for_playlist());
      continue;
    }
    if (next->fresh && !at_stream_start_) {
      over_ = next->missed > 0 ? Over::lost : Over::discontinuity;
      reason_ = next->missed > 0 ? fmt::format("{} segments were missed", next->missed) : "";
      held_ = std::move(next);
      return false;
    }
    LT_CHECK(fetch(*std::move(next)));
  }
  return true;
}

Status SegmentFeed::wait_for_playlist() {
  if (options_.caught_up) options_.caught_up();
  const auto now = options_.clock->steady();
  if (tracker_.stalled(now))
    return make_error(Code::unavailable, "the playlist of {} has stopped growing", redact_url(options_.url));
  if (!pause_until(tracker_.reload_at(), options_.stop)) return make_error(Code::unavailable, "stopped");
  auto status = load();
  if (status.ok()) {
    failed_loads_ = 0;
    return {};
  }
  const bool passing = status.error().code() == Code::unavailable || status.error().code() == Code::not_found;
  if (!passing || ++failed_loads_ >= playlist_tries) return status;
  if (!pause_until(now + std::max<Micros>(tracker_.target_duration() / 2, retry_pause), options_.stop))
    return make_error(Code::unavailable, "stopped");
  return {};
}

/// A segment that cannot be had after several tries is skipped: what comes next starts a new stream.
Status SegmentFeed::fetch(PlaylistTracker::Next next) {
  const auto& segment = next.segment;
  Status status;
  for (int attempt = 0; attempt < segment_tries; ++attempt) {
    if (attempt > 0 && !pause_until(options_.clock->steady() + retry_pause, options_.stop))
      return make_error(Code::unavailable, "stopped");
    pieces_.clear();
    read_from_first_ = 0;
    status = {};
    if (at_stream_start_ && segment.map_uri) status = fetch_part(*segment.map_uri, segment.map_range);
    if (status.ok()) status = fetch_part(segment.uri, segment.range);
    if (status.ok()) {
      at_stream_start_ = false;
      lost_in_a_row_ = 0;
      program_clock_.segment(segment.program_date_time, segment.duration);
      return {};
    }
    if (status.error().code() == Code::forbidden) break;
  }
  pieces_.clear();
  if (status.error().code() != Code::unavailable && status.error().code() != Code::not_found) return status;
  tracker_.lost();
  if (++lost_in_a_row_ >= lost_limit) return status;
  return {};
}

Status SegmentFeed::fetch_part(const std::string& reference,
                               const std::optional<media::hls::ByteRange>& range) {
  io::HttpRequest request{.url = resolve_url(base_, reference), .body_limit = segment_limit};
  LT_CHECK(check_followed(request.url));
  request.timeout = std::max<std::chrono::milliseconds>(
      20s, std::chrono::ceil<std::chrono::milliseconds>(3 * tracker_.target_duration()));
  if (range && range->size > 0) request.range = io::ByteRange{range->offset, range->offset + range->size - 1};
  const io::HttpClient::Sink sink = [this](std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      if (pieces_.empty() || pieces_.back().size() == piece_size) pieces_.emplace_back().reserve(piece_size);
      auto& piece = pieces_.back();
      const auto size = std::min(bytes.size(), piece_size - piece.size());
      piece.insert(piece.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      bytes = bytes.subspan(size);
    }
    return true;
  };
  LT_TRY(const auto response, client_.get(request, sink, options_.stop));
  LT_CHECK(check_status(response, request.url));
  if (range && range->size > 0 && response.status == 200)
    return make_error(Code::invalid, "{} does not give byte ranges, which its playlist asks for",
                      redact_url(request.url));
  return {};
}

Result<std::string> SegmentFeed::format() const {
  if (pieces_.empty()) return std::string{};
  const auto& first = pieces_.front();
  const std::string_view head{reinterpret_cast<const char*>(first.data()),
                              std::min<std::size_t>(first.size(), 512)};
  if (is_web_page(head))
    return make_error(Code::invalid, "{} leads to a web page, not to media", redact_url(options_.url));
  return format_of(head);
}

}  // namespace longtake::ingest
