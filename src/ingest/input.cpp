#include "ingest/input.h"

#include <algorithm>
#include <utility>

#include "ingest/address_rules.h"
#include "ingest/hls_input.h"
#include "ingest/http_pipe.h"
#include "ingest/reader_options.h"
#include "ingest/sniff.h"
#include "ingest/url.h"
#include "io/http_client.h"

namespace longtake::ingest {

using media::ffmpeg::Reader;
using media::ffmpeg::ReaderOptions;

namespace {

media::ffmpeg::AudioPolicy audio_policy(archive::AudioPolicy policy) {
  switch (policy) {
    case archive::AudioPolicy::convert:
      return media::ffmpeg::AudioPolicy::convert;
    case archive::AudioPolicy::keep:
      return media::ffmpeg::AudioPolicy::keep;
    case archive::AudioPolicy::off:
      break;
  }
  return media::ffmpeg::AudioPolicy::off;
}

/// A stream that libav reads from the network by itself, or an endless HTTP body.
class DirectInput final : public Input {
 public:
  DirectInput(std::unique_ptr<HttpPipe> pipe, std::unique_ptr<Reader> reader, std::string protocol)
      : pipe_(std::move(pipe)), reader_(std::move(reader)), facts_(reader_->facts()) {
    if (!protocol.empty()) facts_.protocol = std::move(protocol);
  }

  const media::Tracks& tracks() const override { return reader_->tracks(); }
  const media::ffmpeg::SourceFacts& facts() const override { return facts_; }
  AnchorEstimator::Options anchor_options() const override { return {}; }

  Result<Event> next() override {
    LT_TRY(auto event, reader_->next());
    Event out{.packet = std::move(event.packet), .detail = std::move(event.detail)};
    switch (event.kind) {
      case Reader::Event::Kind::packet:
        break;
      case Reader::Event::Kind::tracks_changed:
        out.kind = Event::Kind::tracks_changed;
        break;
      case Reader::Event::Kind::discontinuity:
        out.kind = Event::Kind::discontinuity;
        break;
      case Reader::Event::Kind::end:
        out.kind = Event::Kind::end;
        break;
    }
    return out;
  }

 private:
  std::unique_ptr<HttpPipe> pipe_;  // outlives the reader that pulls from it
  std::unique_ptr<Reader> reader_;
  media::ffmpeg::SourceFacts facts_;
};

Result<std::unique_ptr<Input>> open_http(InputOptions options) {
  LT_TRY(auto found, sniff(options));
  if (found.playlist)
    return open_hls(std::move(options), {std::move(found.final_url), *std::move(found.playlist)});
  auto pipe = std::make_unique<HttpPipe>(HttpPipe::Options{.url = options.url,
                                                           .http = AddressRules{options.allow_private}.http(),
                                                           .thread_name = "get-" + options.name});
  auto reader_opts = reader_options(options);
  reader_opts.format = found.format;
  reader_opts.bytes = [pipe = pipe.get(), stop = options.stop](std::span<std::byte> into) {
    return pipe->read(into, stop);
  };
  LT_TRY(auto reader, Reader::open(std::move(reader_opts)));
  auto protocol = options.url.starts_with("https") ? "https" : "http";
  return std::unique_ptr<Input>{std::make_unique<DirectInput>(std::move(pipe), std::move(reader), protocol)};
}

}  // namespace

ReaderOptions reader_options(const InputOptions& options) {
  return {.url = options.url,
          .may_connect = options.allow_private ? ReaderOptions{}.may_connect : check_address,
          .rtsp_transport = options.rtsp_transport == archive::RtspTransport::udp
                                ? ReaderOptions::RtspTransport::udp
                                : ReaderOptions::RtspTransport::tcp,
          .audio = audio_policy(options.audio),
          .open_timeout = options.open_timeout,
          .read_timeout = options.read_timeout,
          .stop = options.stop,
          .clock = options.clock,
          .log = options.log};
}

Result<std::unique_ptr<Input>> open_input(InputOptions options) {
  LT_CHECK(check_scheme(options.url));
  LT_TRY(const auto parts, split_url(options.url));
  if (parts.scheme == "http" || parts.scheme == "https") return open_http(std::move(options));
  LT_CHECK(check_host(options.url, {options.allow_private}));
  LT_TRY(auto reader, Reader::open(reader_options(options)));
  return std::unique_ptr<Input>{std::make_unique<DirectInput>(nullptr, std::move(reader), "")};
}

}  // namespace longtake::ingest
