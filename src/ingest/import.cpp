#include "ingest/import.h"

#include <memory>
#include <utility>

#include "ingest/run_recorder.h"
#include "media/ffmpeg/reader.h"
#include "media/ticks.h"

namespace longtake::ingest {
namespace {

using media::ffmpeg::Reader;
using Event = Reader::Event;
using Outcome = RunRecorder::Outcome;

/// A file is read faster than any disk writes: so much waits to be written at most.
constexpr std::uint64_t unwritten_limit = 8u << 20;

class Import {
 public:
  Import(archive::Archive& archive, Reader& reader, const ImportOptions& options)
      : archive_(archive), reader_(reader), options_(options), begins_(options.at) {}

  Result<Imported> run() {
    start_run();
    for (;;) {
      LT_TRY(auto event, reader_.next());
      if (event.kind == Event::Kind::packet) {
        LT_CHECK(push(std::move(event.packet)));
        continue;
      }
      end_run();
      if (event.kind == Event::Kind::end) break;
      start_run();
    }
    if (recorded_ == Micros{0})
      return make_error(Code::invalid, "{} holds nothing that can be recorded", options_.file);
    return Imported{{options_.at, begins_}, recorded_};
  }

 private:
  void start_run() {
    // What is not live is dated by its own time stamps alone.
    run_ = std::make_unique<RunRecorder>(
        archive_, reader_.tracks(),
        RunRecorder::Options{.channel = options_.channel,
                             .segment_length = [length = options_.segment_length] { return length; }});
    first_.reset();
  }

  void end_run() {
    run_->end(archive::GapCause::source_ended, "the end of an imported file");
    archive_.flush();
    recorded_ += run_->recorded();
    begins_ = run_->recorded_until().value_or(begins_);
  }

  Status push(media::Packet packet) {
    const auto& tracks = reader_.tracks();
    const auto& track = tracks.of(packet.kind);
    if (!track) return {};
    const auto shown = media::to_media_nearest(packet.pts, track->timescale);
    const bool dates = packet.kind == media::TrackKind::video || !tracks.video;
    if (!first_ && !dates) return {};  // sound before the first picture belongs to nothing
    if (!first_) first_ = shown;
    packet.arrival = begins_ + (shown - *first_);
    packet.source_wall.reset();
    unwritten_ += packet.payload.bytes.size();
    switch (run_->push(std::move(packet))) {
      case Outcome::go_on:
        break;
      case Outcome::archive_refuses:
        return run_->refusal();
      case Outcome::clock_stepped:
      case Outcome::time_broken:
        end_run();
        start_run();
        break;
    }
    if (unwritten_ > unwritten_limit) {
      archive_.flush();
      unwritten_ = 0;
    }
    return {};
  }

  archive::Archive& archive_;
  Reader& reader_;
  const ImportOptions& options_;
  WallTime begins_;  ///< of the run that is being read
  std::unique_ptr<RunRecorder> run_;
  std::optional<MediaTime> first_;  ///< picture of the run, on the file's timeline
  Micros recorded_{0};
  std::uint64_t unwritten_ = 0;
};

}  // namespace

Result<Imported> import_file(archive::Archive& archive, const ImportOptions& options, const Clock& clock,
                             Log& log) {
  if (const auto newest = archive.newest(options.channel); newest && options.at < *newest)
    return make_error(Code::conflict, "the channel has footage up to {}: import what begins there or later",
                      format_rfc3339(*newest));
  LT_TRY(const auto reader,
         Reader::open({.url = options.file, .is_file = true, .clock = &clock, .log = &log}));
  return Import{archive, *reader, options}.run();
}

}  // namespace longtake::ingest
