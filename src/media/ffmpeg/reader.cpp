#include "media/ffmpeg/reader.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <string_view>

#include <fmt/format.h>

#include "media/ffmpeg/audio_lane.h"
#include "media/ffmpeg/errors.h"
#include "media/ffmpeg/input.h"
#include "media/ffmpeg/lag.h"
#include "media/ffmpeg/selection.h"
#include "media/ffmpeg/stamps.h"
#include "media/ffmpeg/video_lane.h"

namespace longtake::media::ffmpeg {

namespace {

using namespace std::chrono_literals;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::int64_t kForwardJump = 10'000'000;  // µs; beyond it a new run must start
constexpr std::int64_t kBackwardJump = 1'000'000;
constexpr std::int64_t kReportJump =
    300'000;  // at the first RTCP sender report; less is reordering of pictures
/// Stream time to wait for sound that was announced, for sound that may still appear, and for a picture,
/// which begins with the next keyframe.
constexpr std::int64_t kAnnouncedWait = 2'000'000;
constexpr std::int64_t kSilentWait = 1'000'000;
constexpr std::int64_t kPictureWait = 5'000'000;
constexpr auto kNothingWait = 3s;  // for anything recordable at all
/// Packets a stream may be far from the other one before it is placed by arrival.
constexpr int kStrayLimit = 200;

/// Where packed audio of HLS begins (RFC 8216 3.4): a private ID3 frame of eight bytes, which libav hands on
/// with unprintable ones as "\\xNN". 90 kHz; zero when there is none.
std::int64_t packed_audio_start(const AVFormatContext& context) {
  const AVDictionaryEntry* entry =
      av_dict_get(context.metadata, "id3v2_priv.com.apple.streaming.transportStreamTimestamp", nullptr, 0);
  if (!entry) return 0;
  std::uint64_t value = 0;
  std::string_view text = entry->value;
  while (!text.empty()) {
    unsigned byte = static_cast<unsigned char>(text[0]);
    std::size_t used = 1;
    if (text.size() >= 4 && text[0] == '\\' && text[1] == 'x') {
      std::from_chars(text.data() + 2, text.data() + 4, byte, 16);
      used = 4;
    }
    value = value << 8 | byte;
    text.remove_prefix(used);
  }
  return static_cast<std::int64_t>(value & 0x1FFFFFFFF);
}

Codec or_h264(std::optional<Codec> codec) {
  return codec.value_or(Codec::h264);
}

}  // namespace

struct Reader::State {
  /// A recorded stream.
  struct Slot {
    TrackKind kind = TrackKind::video;
    int stream = -1;
    AVCodecID codec = AV_CODEC_ID_NONE;
    TimeBase time_base;
    std::unique_ptr<Lane> lane;
    Unwrapper unwrap{0};
    bool has_extradata = false;
    std::int64_t offset = 0;              // added to stamps of a stream whose clock is not the other's
    std::optional<std::int64_t> last_us;  // newest decode time
    int strays = 0;
    bool has_wall = false;          // RTSP: a sender report came
    std::optional<Track> joining;   // configuration that waits for its moment
    std::int64_t waited_ticks = 0;  // sound left out while joining
  };
  struct Step {
    Event event;
    std::optional<Tracks> tracks;  // of tracks_changed
  };

  explicit State(ReaderOptions o) : options(std::move(o)) {}

  Status open();
  Status open_more();
  Result<bool> pump();  // reads one packet; false at the end
  Status take(AVPacket& packet);
  void select();
  void bind(Slot& slot, int stream);
  Slot* find_slot(int stream);
  bool settled() const;
  Error nothing_to_record() const;
  bool place(Slot& slot, Chunk& chunk);
  void jump(std::int64_t by_us);
  void restart_slot(Slot& slot);
  void deliver(Slot& slot, Frames& frames);
  void deliver(Slot& slot, Frame& frame);
  void announce(Slot& slot, const Track& track);
  void apply_joining();
  void flush();

  ReaderOptions options;
  SystemClock system_clock;
  std::unique_ptr<Input> input;
  unsigned generation = 0;
  unsigned known_streams = 0;
  PacketPtr packet{av_packet_alloc()};
  SourceFacts facts;
  Selection selection;
  Slot video{.kind = TrackKind::video}, audio{.kind = TrackKind::audio};
  Tracks visible;  // of the event next() gave last
  Tracks latest;   // of the newest event in the queue
  bool opening = true;
  bool changed = false;  // a tracks_changed was queued
  bool ended = false;
  std::optional<Error> failed;
  std::deque<Step> steps;
  Frames frames;
  std::optional<std::int64_t> first_us, newest_us;
  WallTime arrival;
  LagMeter lag;
  SteadyTime opened_at{}, connected_at{};
  std::uint64_t corrupt = 0;
};

// --- opening
// -------------------------------------------------------------------------------------------------

Status Reader::State::open() {
  opened_at = std::chrono::steady_clock::now();
  auto opened = Input::open(options);
  if (!opened) return std::move(opened).error();
  input = std::move(opened).value();
  connected_at = std::chrono::steady_clock::now();
  facts.protocol = input->protocol();
  facts.container = input->container();
  generation = input->generation();
  select();
  Status status = open_more();
  if (!latest.video && !latest.audio) {
    if (!status.ok() && (selection.unsupported.empty() || options.stop.stop_requested())) return status;
    return nothing_to_record();
  }
  opening = false;
  if (!changed) visible = latest;
  return {};
}

/// Reads until the configuration of every track is known, or long enough. Packets read are kept.
Status Reader::State::open_more() {
  while (!settled()) {
    if (std::chrono::steady_clock::now() - opened_at > options.open_timeout + options.read_timeout) break;
    LT_TRY(const bool more, pump());
    if (!more) {
      flush();
      ended = true;
      break;
    }
  }
  return {};
}

bool Reader::State::settled() const {
  const bool video_known = latest.video.has_value(), audio_known = latest.audio.has_value();
  const std::int64_t seen = first_us && newest_us ? *newest_us - *first_us : 0;
  if (input->rtp() && video.lane && audio.lane && !(video.has_wall && audio.has_wall) && first_us) {
    if (seen < kSilentWait && std::chrono::steady_clock::now() - opened_at < options.open_timeout / 2)
      return false;
  }
  if (video_known && audio_known) return true;
  if (video.lane && !video_known) return seen > kPictureWait;
  if (audio.lane && !audio_known) return seen > kAnnouncedWait;
  if (!video.lane && !audio.lane) {
    // Nothing recordable so far. A table of programmes says all there is; without one more may come.
    const AVFormatContext& context = input->context();
    const bool more_may_come = (context.ctx_flags & AVFMTCTX_NOHEADER) != 0 && context.nb_programs == 0;
    if (!more_may_come && !selection.unsupported.empty()) return true;
    return std::chrono::steady_clock::now() - connected_at > kNothingWait;
  }
  // One kind is there and known. FLV shows its streams only as they begin; others have listed them.
  if (input->container() != "flv" || options.audio == AudioPolicy::off) return true;
  return seen > (video_known ? kSilentWait : kPictureWait);
}

Error Reader::State::nothing_to_record() const {
  const std::string url = redact_url(options.url);
  if (!selection.unsupported.empty()) {
    return make_error(Code::invalid, "{}: the stream carries {}, which Longtake does not record yet", url,
                      fmt::join(selection.unsupported, " and "));
  }
  if (video.lane || audio.lane) {
    return make_error(Code::invalid, "{}: the stream never says how its {} is to be decoded", url,
                      avcodec_get_name(video.lane ? video.codec : audio.codec));
  }
  return make_error(Code::invalid, "{}: the stream carries neither picture nor sound that can be recorded",
                    url);
}

void Reader::State::select() {
  AVFormatContext& context = input->context();
  known_streams = context.nb_streams;
  selection = select_streams(context, options.audio);
  if (selection.video >= 0 && selection.video != video.stream) bind(video, selection.video);
  if (selection.audio >= 0 && selection.audio != audio.stream) bind(audio, selection.audio);
  facts.notes = selection.notes;
}

void Reader::State::bind(Slot& slot, int index) {
  const AVStream& stream = *input->context().streams[index];
  const AVCodecParameters& par = *stream.codecpar;
  const std::string& container = facts.container;
  const bool unstamped = container == "mp3" || container == "aac";
  slot = Slot{.kind = slot.kind, .stream = index, .codec = par.codec_id};
  slot.time_base = {stream.time_base.num, stream.time_base.den};
  slot.unwrap = Unwrapper{stream.pts_wrap_bits};
  slot.has_extradata = par.extradata_size > 0;
  const auto extradata = bytes_of(par.extradata, static_cast<std::size_t>(par.extradata_size));
  if (slot.kind == TrackKind::video) {
    AVRational sar = par.sample_aspect_ratio.num > 0 ? par.sample_aspect_ratio : stream.sample_aspect_ratio;
    slot.lane = std::make_unique<VideoLane>(VideoLane::Setup{.codec = or_h264(video_codec(par.codec_id)),
                                                             .time_base = slot.time_base,
                                                             .extradata = extradata,
                                                             .width = static_cast<std::uint32_t>(par.width),
                                                             .height = static_cast<std::uint32_t>(par.height),
                                                             .sar = sar,
                                                             .rtp = input->rtp()});
    const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
    if (rate.num > 0 && rate.den > 0) facts.frame_rate = av_q2d(rate);
    return;
  }
  slot.lane = std::make_unique<AudioLane>(
      AudioLane::Setup{.codec = par.codec_id,
                       .time_base = slot.time_base,
                       .extradata = extradata,
                       .sample_rate = static_cast<std::uint32_t>(par.sample_rate),
                       .channels = static_cast<std::uint32_t>(par.ch_layout.nb_channels),
                       .framed = container != "mpegts" && !unstamped,
                       .policy = options.audio,
                       .unstamped = unstamped,
                       .start = unstamped ? packed_audio_start(input->context()) : 0});
}

// --- reading
// -------------------------------------------------------------------------------------------------

Result<bool> Reader::State::pump() {
  auto more = input->read(*packet);
  if (!more) return std::move(more).error();
  if (!*more) return false;
  arrival = options.clock ? options.clock->now() : system_clock.now();
  Status status = take(*packet);
  av_packet_unref(packet.get());
  if (!status.ok()) return std::move(status).error();
  return true;
}

Reader::State::Slot* Reader::State::find_slot(int stream) {
  if (stream == video.stream) return &video;
  if (stream == audio.stream) return &audio;
  return nullptr;
}

Status Reader::State::take(AVPacket& raw) {
  if (input->generation() != generation) {
    generation = input->generation();
    flush();
    video = Slot{.kind = TrackKind::video};
    audio = Slot{.kind = TrackKind::audio};
    select();
  } else if (input->context().nb_streams != known_streams) {
    select();
  }
  const AVStream& stream = *input->context().streams[raw.stream_index];
  Slot* slot = find_slot(raw.stream_index);
  if (!slot && stream.discard != AVDISCARD_ALL) {
    select();  // its codec may have become known
    slot = find_slot(raw.stream_index);
  }
  if (!slot) return {};
  if (stream.codecpar->codec_id != slot->codec) {
    const int index = slot->stream;
    slot->lane->flush(frames);
    deliver(*slot, frames);
    slot->stream = -1;
    slot->lane.reset();
    select();
    if (slot->stream != index) return {};
  }
  if (raw.flags & AV_PKT_FLAG_CORRUPT) {
    ++corrupt;
    return {};
  }
  const auto fresh = side_data(raw, AV_PKT_DATA_NEW_EXTRADATA);
  if (!fresh.empty()) {
    (void)slot->lane->configure(fresh);
  } else if (!slot->has_extradata && stream.codecpar->extradata_size > 0) {
    slot->has_extradata = true;
    (void)slot->lane->configure(
        bytes_of(stream.codecpar->extradata, static_cast<std::size_t>(stream.codecpar->extradata_size)));
  }
  Chunk chunk;
  chunk.bytes = bytes_of(raw.data, static_cast<std::size_t>(raw.size));
  chunk.pts = raw.pts;
  chunk.dts = raw.dts;
  chunk.duration = raw.duration;
  chunk.key = (raw.flags & AV_PKT_FLAG_KEY) != 0;
  chunk.packet = &raw;
  const auto prft = side_data(raw, AV_PKT_DATA_PRFT);
  if (prft.size() >= sizeof(AVProducerReferenceTime)) {
    chunk.wall = wall_from_us(reinterpret_cast<const AVProducerReferenceTime*>(prft.data())->wallclock);
  }
  if (!place(*slot, chunk)) return {};
  Status status = slot->lane->push(chunk, frames);
  deliver(*slot, frames);
  return status;
}

/// Makes the chunk's stamps continuous. False when it is to be left out.
bool Reader::State::place(Slot& slot, Chunk& chunk) {
  const bool by_dts = chunk.dts != kNoStamp;
  const std::int64_t raw = by_dts ? chunk.dts : chunk.pts;
  if (raw == kNoStamp)
    return slot.last_us.has_value() || slot.time_base.den == 0 || facts.container == "mp3" ||
           facts.container == "aac";
  const std::int64_t ticks_per = slot.time_base.den;
  const auto to_micros = [&](std::int64_t t) {
    return rescale_nearest(t, slot.time_base.num * 1'000'000, ticks_per);
  };
  if (!slot.last_us && newest_us) {
    slot.unwrap.expect(rescale_nearest(*newest_us, ticks_per, slot.time_base.num * 1'000'000));
  }
  std::int64_t main = slot.unwrap.unwrap(raw) + slot.offset;
  std::int64_t us = to_micros(main);
  if (slot.last_us) {
    const std::int64_t step = us - *slot.last_us;
    const bool late_report =
        input->rtp() && chunk.wall && !slot.has_wall && slot.kind == TrackKind::video && step < -kReportJump;
    if (step > kForwardJump || step < -kBackwardJump || late_report) {
      jump(step);
      slot.unwrap.reset();
      slot.offset = 0;
      main = slot.unwrap.unwrap(raw);
      us = to_micros(main);
    }
  } else if (newest_us && std::abs(us - *newest_us) > kForwardJump) {
    if (++slot.strays <= kStrayLimit) {
      slot.unwrap.reset();
      return false;  // the other stream jumped and this one will, too
    }
    slot.offset = rescale_nearest(*newest_us - us, ticks_per, slot.time_base.num * 1'000'000);
    main += slot.offset;
    us = to_micros(main);
    facts.notes.push_back(fmt::format("{}: time stamps unrelated to the other track's, placed by arrival",
                                      slot.kind == TrackKind::audio ? "audio" : "video"));
  }
  if (chunk.wall) slot.has_wall = true;
  slot.strays = 0;
  slot.last_us = us;
  if (!first_us) first_us = us;
  lag.note(to_us(arrival), us);
  input->hurry(lag.behind());
  newest_us = newest_us ? std::max(*newest_us, us) : us;
  if (by_dts) {
    chunk.dts = main;
    if (chunk.pts != kNoStamp) chunk.pts = slot.unwrap.near_last(chunk.pts) + slot.offset;
  } else {
    chunk.pts = main;
  }
  return true;
}

void Reader::State::restart_slot(Slot& slot) {
  slot.last_us.reset();
  slot.unwrap.reset();
  slot.offset = 0;
  slot.strays = 0;
}

/// The source's clock jumped: everything before belongs to the old run.
void Reader::State::jump(std::int64_t by_us) {
  flush();
  if (opening && !changed) {
    steps.clear();  // nobody has seen any of it
  } else {
    steps.push_back({.event = {.kind = Event::Kind::discontinuity,
                               .detail = fmt::format("time stamps jumped by {:.3f} s",
                                                     static_cast<double>(by_us) / 1e6)}});
  }
  restart_slot(video);
  restart_slot(audio);
  first_us.reset();
  newest_us.reset();
  lag.reset();
}

void Reader::State::flush() {
  for (Slot* slot : {&video, &audio}) {
    if (!slot->lane) continue;
    slot->lane->flush(frames);
    deliver(*slot, frames);
  }
}

// --- delivering
// ----------------------------------------------------------------------------------------------

void Reader::State::deliver(Slot& slot, Frames& ready) {
  for (Frame& frame : ready)
    deliver(slot, frame);
  ready.clear();
}

void Reader::State::deliver(Slot& slot, Frame& frame) {
  if (frame.track) announce(slot, *frame.track);
  if (slot.joining) {
    const bool alone = slot.kind == TrackKind::audio && !latest.video && !video.joining;
    if (slot.kind == TrackKind::audio) slot.waited_ticks += frame.duration;
    const bool waited = slot.waited_ticks > 10 * static_cast<std::int64_t>(slot.joining->timescale);
    if ((slot.kind == TrackKind::video && frame.sync) || alone || (slot.kind == TrackKind::audio && waited)) {
      apply_joining();
    } else {
      return;
    }
  } else if (slot.kind == TrackKind::video && frame.sync && audio.joining) {
    apply_joining();
  }
  Step step;
  Packet& out = step.event.packet;
  out.kind = slot.kind;
  out.dts = frame.dts;
  out.pts = frame.pts;
  out.duration = frame.duration;
  out.sync = frame.sync;
  out.payload = std::move(frame.payload);
  out.arrival = arrival;
  out.source_wall = frame.wall;
  steps.push_back(std::move(step));
}

/// A track's configuration became known or changed.
void Reader::State::announce(Slot& slot, const Track& track) {
  std::optional<Track>& current = slot.kind == TrackKind::video ? latest.video : latest.audio;
  if (current && *current == track) {
    slot.joining.reset();
    return;
  }
  const std::string note = slot.lane->note();
  if (!note.empty() && std::find(facts.notes.begin(), facts.notes.end(), note) == facts.notes.end()) {
    facts.notes.push_back(note);
  }
  if (opening && !changed && !current) {
    current = track;
    return;
  }
  slot.joining = track;
  slot.waited_ticks = 0;
}

/// New tracks begin together, where decoding can start, so that one change does not make two runs.
void Reader::State::apply_joining() {
  if (opening && !changed) visible = latest;
  if (video.joining) latest.video = std::move(video.joining);
  if (audio.joining) latest.audio = std::move(audio.joining);
  video.joining.reset();
  audio.joining.reset();
  changed = true;
  steps.push_back(
      {.event = {.kind = Event::Kind::tracks_changed, .detail = latest.rfc6381()}, .tracks = latest});
}

// --- the public face
// -----------------------------------------------------------------------------------------

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(ReaderOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  LT_CHECK(state->open());
  return std::unique_ptr<Reader>(new Reader(std::move(state)));
}

const Tracks& Reader::tracks() const {
  return state_->visible;
}
const SourceFacts& Reader::facts() const {
  return state_->facts;
}

Result<Reader::Event> Reader::next() {
  State& s = *state_;
  const auto waiting_since = std::chrono::steady_clock::now();
  while (s.steps.empty()) {
    if (s.options.stop.stop_requested()) return Error(Code::unavailable, "stopped");
    if (s.failed) return *s.failed;
    if (s.ended) return Event{.kind = Event::Kind::end, .detail = "the source ended the stream"};
    if (std::chrono::steady_clock::now() - waiting_since > s.options.read_timeout) {
      return make_error(Code::unavailable, "{}: no picture or sound for {:g} s", redact_url(s.options.url),
                        static_cast<double>(s.options.read_timeout.count()) / 1000);
    }
    auto more = s.pump();
    if (more && *more) continue;
    s.flush();  // what is complete is given before the end or the failure
    s.ended = more.ok();
    if (!more) s.failed = std::move(more).error();
  }
  State::Step step = std::move(s.steps.front());
  s.steps.pop_front();
  if (step.tracks) s.visible = std::move(*step.tracks);
  return std::move(step.event);
}

void configure_libav(Log&) {
  av_log_set_level(AV_LOG_QUIET);
  avformat_network_init();
}

}  // namespace longtake::media::ffmpeg
