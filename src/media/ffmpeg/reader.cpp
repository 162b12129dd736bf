#include "media/ffmpeg/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "media/ffmpeg/reader_state.h"

namespace longtake::media::ffmpeg {

namespace {

constexpr std::int64_t kForwardJump = 10'000'000;  // µs; beyond it a new run must start
constexpr std::int64_t kBackwardJump = 1'000'000;
/// At the first RTCP sender report; less is reordering of pictures.
constexpr std::int64_t kReportJump = 300'000;
/// Packets a stream may be far from the other one before it is placed by arrival.
constexpr int kStrayLimit = 200;

}  // namespace

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

// --- delivering ---

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

// --- the public face ---

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() {
  std::uint64_t unreadable = 0;
  for (const State::Slot* slot : {&state_->video, &state_->audio})
    unreadable += slot->lane ? slot->lane->dropped() : 0;
  if (!state_->options.log || state_->corrupt + unreadable == 0) return;
  state_->options.log->info("source sent damaged packets", {{"source", redact_url(state_->options.url)},
                                                            {"corrupt", state_->corrupt},
                                                            {"unreadable", unreadable}});
}

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
