#include "ingest/hls_input.h"

#include <algorithm>
#include <utility>

#include "ingest/address_rules.h"
#include "ingest/reader_options.h"
#include "ingest/segment_feed.h"
#include "ingest/url.h"
#include "media/ticks.h"

namespace longtake::ingest {

using media::TrackKind;
using media::ffmpeg::Reader;
using media::hls::SourcePlaylist;

namespace {

/// A broadcast's path through encoder and delivery network takes up to minutes; hours are a wrong zone.
constexpr Micros max_program_lag = std::chrono::minutes{15};
/// Without PROGRAM-DATE-TIME the first segments tell their time only to within a playlist's length.
constexpr Micros coarse_step = std::chrono::seconds{30};

/// One media playlist and the demuxer of its current stream.
struct Rendition {
  std::unique_ptr<SegmentFeed> feed;
  std::unique_ptr<Reader> reader;
  std::optional<Error> feed_error;  ///< kept, because a demuxer would tell it worse
  MediaTime newest;
};

class HlsInput final : public Input {
 public:
  HlsInput(InputOptions options, std::string url, bool has_program_time)
      : options_(std::move(options)), url_(std::move(url)), has_program_time_(has_program_time) {}

  Status open(SourcePlaylist playlist, const std::string& audio_url);

  const media::Tracks& tracks() const override { return tracks_; }
  const media::ffmpeg::SourceFacts& facts() const override { return facts_; }
  Result<Event> next() override;
  AnchorEstimator::Options anchor_options() const override {
    AnchorEstimator::Options anchor{.max_lag = max_program_lag};
    if (!has_program_time_) anchor.step = coarse_step;
    return anchor;
  }
  bool resumed() const override { return main_.feed->tracker().resumed(); }
  std::optional<HlsPosition> position() const override {
    const auto next = main_.feed ? main_.feed->tracker().position() : std::nullopt;
    if (!next) return std::nullopt;
    return HlsPosition{url_, *next};
  }

 private:
  Status start(Rendition& rendition, const std::string& url, std::optional<SourcePlaylist> playlist);
  Status open_reader(Rendition& rendition);
  void gather_tracks();
  Result<Event> step(Rendition& rendition);
  Result<Event> take(Rendition& rendition, Reader::Event event);
  Result<Event> begin_next_stream(Rendition& rendition);

  InputOptions options_;
  std::string url_;
  bool has_program_time_;
  Rendition main_;
  std::optional<Rendition> sound_;
  media::Tracks tracks_;
  media::ffmpeg::SourceFacts facts_;
};

Status HlsInput::open(SourcePlaylist playlist, const std::string& audio_url) {
  LT_CHECK(start(main_, url_, std::move(playlist)));
  if (!audio_url.empty() && options_.audio != archive::AudioPolicy::off)
    LT_CHECK(start(sound_.emplace(), audio_url, std::nullopt), "reading the separate sound");
  gather_tracks();
  return {};
}

Status HlsInput::start(Rendition& rendition, const std::string& url, std::optional<SourcePlaylist> playlist) {
  SegmentFeed::Options feed{.url = url,
                            .http = AddressRules{options_.allow_private}.http(),
                            .tracker = {.stall = options_.read_timeout},
                            .clock = options_.clock,
                            .stop = options_.stop};
  if (&rendition == &main_) {
    feed.caught_up = options_.caught_up;
    if (options_.resume && options_.resume->playlist_url == url)
      feed.tracker.resume_at = options_.resume->next_sequence;
  }
  rendition.feed = std::make_unique<SegmentFeed>(std::move(feed));
  LT_CHECK(rendition.feed->start(std::move(playlist)));
  return open_reader(rendition);
}

Status HlsInput::open_reader(Rendition& rendition) {
  LT_TRY(auto format, rendition.feed->format());
  auto options = reader_options(options_);
  options.format = std::move(format);
  options.bytes = [feed = rendition.feed.get(), &rendition](std::span<std::byte> into) {
    auto size = feed->read(into);
    if (!size.ok()) rendition.feed_error = size.error();
    return size;
  };
  // The feed watches the playlist's growth; a demuxer waits as long as segments take.
  const auto target =
      std::chrono::ceil<std::chrono::milliseconds>(rendition.feed->tracker().target_duration());
  options.read_timeout = std::max(options.read_timeout, 4 * target);
  options.open_timeout = std::max(options.open_timeout, 4 * target);
  auto reader = Reader::open(std::move(options));
  if (!reader.ok()) {
    if (rendition.feed_error) return *std::move(rendition.feed_error);
    return std::move(reader).error();
  }
  rendition.reader = *std::move(reader);
  return {};
}

void HlsInput::gather_tracks() {
  tracks_ = main_.reader->tracks();
  facts_ = main_.reader->facts();
  facts_.protocol = "hls";
  if (!sound_) return;
  tracks_.audio = sound_->reader->tracks().audio;
  const auto& notes = sound_->reader->facts().notes;
  facts_.notes.insert(facts_.notes.end(), notes.begin(), notes.end());
}

Result<Input::Event> HlsInput::next() {
  while (true) {
    auto& behind = sound_ && sound_->newest < main_.newest ? *sound_ : main_;
    LT_TRY(auto event, step(behind));
    const bool unwanted = event.kind == Event::Kind::packet && !tracks_.of(event.packet.kind);
    if (!unwanted) return event;
  }
}

Result<Input::Event> HlsInput::step(Rendition& rendition) {
  while (true) {
    auto event = rendition.reader->next();
    if (!event.ok()) {
      if (rendition.feed_error) return *std::move(rendition.feed_error);
      return std::move(event).error();
    }
    // Sound of the variant itself is not recorded when there is a rendition for it, nor the other way round.
    if (event->kind == Reader::Event::Kind::packet && sound_ &&
        (event->packet.kind == TrackKind::audio) != (&rendition == &*sound_))
      continue;
    return take(rendition, *std::move(event));
  }
}

Result<Input::Event> HlsInput::take(Rendition& rendition, Reader::Event event) {
  auto& clock = rendition.feed->program_clock();
  switch (event.kind) {
    case Reader::Event::Kind::packet: {
      auto& packet = event.packet;
      const auto& track = rendition.reader->tracks().of(packet.kind);
      if (!track) break;
      const bool leads = packet.kind == TrackKind::video || !rendition.reader->tracks().video;
      const auto pts = media::to_media_nearest(packet.pts, track->timescale);
      packet.source_wall = clock.wall_of(pts, leads && packet.sync);
      rendition.newest = media::to_media_nearest(packet.dts, track->timescale);
      break;
    }
    case Reader::Event::Kind::tracks_changed:
      gather_tracks();
      return Event{
          .kind = Event::Kind::tracks_changed, .detail = std::move(event.detail), .contiguous = true};
    case Reader::Event::Kind::discontinuity:
      clock.time_line_broke();
      return Event{.kind = Event::Kind::discontinuity, .detail = std::move(event.detail)};
    case Reader::Event::Kind::end:
      return begin_next_stream(rendition);
  }
  return Event{.kind = Event::Kind::packet, .packet = std::move(event.packet)};
}

Result<Input::Event> HlsInput::begin_next_stream(Rendition& rendition) {
  const auto over = rendition.feed->over();
  if (over == SegmentFeed::Over::ended || over == SegmentFeed::Over::no)
    return Event{.kind = Event::Kind::end, .detail = "the playlist has ended"};
  auto reason = rendition.feed->reason();
  rendition.reader.reset();
  LT_CHECK(rendition.feed->next_stream());
  LT_CHECK(open_reader(rendition));
  // Both start on the new time line; whichever is behind is read first.
  rendition.newest = MediaTime{};
  if (sound_) sound_->newest = main_.newest = MediaTime{};
  const auto before = std::exchange(tracks_, {});
  gather_tracks();
  if (over == SegmentFeed::Over::lost) return Event{.kind = Event::Kind::lost, .detail = std::move(reason)};
  return Event{.kind = before == tracks_ ? Event::Kind::discontinuity : Event::Kind::tracks_changed,
               .detail = "the playlist names a discontinuity",
               .contiguous = true};
}

}  // namespace

Result<Choice> choose_variant(const SourcePlaylist& master) {
  const auto best =
      std::max_element(master.variants.begin(), master.variants.end(), [](const auto& a, const auto& b) {
        return std::pair{a.height > 0, a.bandwidth} < std::pair{b.height > 0, b.bandwidth};
      });
  if (best == master.variants.end()) return make_error(Code::invalid, "the master playlist names no variant");
  Choice choice{.video_uri = best->uri};
  for (const auto& rendition : master.renditions) {
    if (rendition.type != "AUDIO" || rendition.group != best->audio_group || rendition.uri.empty()) continue;
    if (choice.audio_uri.empty() || rendition.is_default) choice.audio_uri = rendition.uri;
  }
  // The default rendition without an address is the variant's own sound.
  for (const auto& rendition : master.renditions)
    if (rendition.type == "AUDIO" && rendition.group == best->audio_group && rendition.uri.empty() &&
        rendition.is_default)
      choice.audio_uri.clear();
  return choice;
}

Result<std::unique_ptr<Input>> open_hls(InputOptions options, LoadedPlaylist loaded) {
  std::string audio_url;
  if (loaded.playlist.master) {
    LT_TRY(const auto choice, choose_variant(loaded.playlist));
    const auto master_url = std::exchange(loaded.url, {});
    if (!choice.audio_uri.empty()) {
      audio_url = resolve_url(master_url, choice.audio_uri);
      LT_CHECK(check_followed(audio_url));
    }
    const auto url = resolve_url(master_url, choice.video_uri);
    LT_CHECK(check_followed(url));
    io::HttpClient client{AddressRules{options.allow_private}.http()};
    LT_TRY(const auto response, get_text(client, url, options.stop));
    loaded.url = response.final_url.empty() ? url : response.final_url;
    LT_TRY(loaded.playlist, media::hls::parse(response.body));
  }
  const auto& segments = loaded.playlist.segments;
  const bool has_program_time = std::any_of(segments.begin(), segments.end(),
                                            [](const auto& s) { return s.program_date_time.has_value(); });
  auto input = std::make_unique<HlsInput>(std::move(options), std::move(loaded.url), has_program_time);
  LT_CHECK(input->open(std::move(loaded.playlist), audio_url));
  return std::unique_ptr<Input>{std::move(input)};
}

}  // namespace longtake::ingest
