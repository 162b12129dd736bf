#include "media/ffmpeg/input.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/log.h"
#include "media/ffmpeg/errors.h"

namespace longtake::media::ffmpeg {

namespace {

using namespace std::chrono_literals;

constexpr int kBufferSize = 32 << 10;
constexpr std::size_t kHeadSize = 2048;
/// How far a demuxer may look for its tables (MPEG-TS: PAT and PMT). A limit, not a buffer.
constexpr std::int64_t kProbeSize = 1 << 20;

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

/// Past a byte order mark and white space.
std::string_view text_of(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const auto first = head.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{} : head.substr(first);
}

const char* format_of_mime(std::string_view mime) {
  if (starts_with_word(mime, "audio/aac")) return "aac";  // also audio/aacp
  if (starts_with_word(mime, "audio/mpeg")) return "mp3";
  if (starts_with_word(mime, "video/mp2t")) return "mpegts";
  if (starts_with_word(mime, "video/x-flv")) return "flv";
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<Input>> Input::open(const ReaderOptions& options) {
  std::unique_ptr<Input> input{new Input(options)};
  input->watch_.set_deadline(options.open_timeout);
  LT_CHECK(input->connect());
  input->opening_ = false;
  return input;
}

Status Input::connect() {
  if (options_.bytes) {
    protocol_ = "hls";
    if (!options_.format.empty()) return open_container(options_.format);
    LT_TRY(std::string format, look_at_head({}));
    return open_container(std::move(format));
  }
  if (options_.is_file) return open_file();
  LT_TRY(const SchemeRules* rules, find_rules(options_.url));
  protocol_ = protocol_name(*rules, options_);
  rtp_ = rules->scheme.starts_with("rt") && !rules->scheme.starts_with("rtmp");
  LT_CHECK(rules->transport == Transport::bytes ? open_url_bytes(*rules) : open_demuxer(*rules));
  // RTP over UDP must fit the sockets' buffers while we nap.
  const bool udp = protocol_.ends_with("/udp");
  watch_.set_nap(udp ? std::min(rules->nap, std::chrono::milliseconds{20}) : rules->nap);
  return {};
}

/// A call of libav that may connect somewhere.
template <class Call>
int Input::guarded(Call call) {
  const LookupGuard guard{options_.may_connect};
  const int result = call();
  refusal_ = guard.refusal();
  return result;
}

Status Input::open_format(const char* url, const AVInputFormat* format, Options& options) {
  AVFormatContext* raw = avformat_alloc_context();
  if (!raw) return failure(AVERROR(ENOMEM), true);
  raw->interrupt_callback = watch_.callback();
  raw->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN | AVFMT_FLAG_NOBUFFER;
  raw->correct_ts_overflow = 0;
  raw->probesize = kProbeSize;
  raw->max_index_size = 16 << 10;
  if (avio_) {
    raw->pb = avio_.get();
    raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  }
  options.set("format_whitelist", kFormatWhitelist);
  const int result = guarded([&] { return avformat_open_input(&raw, url, format, options.ptr()); });
  if (result < 0) return failure(result, true);
  format_.reset(raw);
  return {};
}

Status Input::open_demuxer(const SchemeRules& rules) {
  Options options;
  set_options(options, rules, options_);
  return open_format(options_.url.c_str(), av_find_input_format(rules.format), options);
}

Status Input::open_file() {
  protocol_ = "file";
  Options options;
  options.set("protocol_whitelist", "file");
  return open_format(("file:" + options_.url).c_str(), nullptr, options);
}

Status Input::open_url_bytes(const SchemeRules& rules) {
  Options options;
  set_options(options, rules, options_);
  const AVIOInterruptCB callback = watch_.callback();
  AVIOContext* raw = nullptr;
  const int result = guarded(
      [&] { return avio_open2(&raw, options_.url.c_str(), AVIO_FLAG_READ, &callback, options.ptr()); });
  if (result < 0) return failure(result, true);
  url_avio_.reset(raw);
  if (rules.format) return open_container(rules.format);

  std::string mime;
  std::uint8_t* value = nullptr;
  if (av_opt_get(raw, "mime_type", AV_OPT_SEARCH_CHILDREN, &value) >= 0 && value) {
    mime = reinterpret_cast<const char*>(value);
  }
  av_free(value);
  LT_TRY(std::string format, look_at_head(mime));
  return open_container(std::move(format));
}

Result<std::string> Input::look_at_head(std::string_view mime) {
  std::string head(kHeadSize, '\0');
  std::size_t have = 0;
  while (have < head.size()) {
    const int n = fill(std::as_writable_bytes(std::span(head)).subspan(have));
    if (n == AVERROR_EOF && have > 0) break;
    if (n <= 0) return failure(n == 0 ? AVERROR_EOF : n, true);
    have += static_cast<std::size_t>(n);
  }
  head.resize(have);
  head_ = head;
  head_given_ = 0;

  const std::string url = redact_url(options_.url);
  const std::string_view text = text_of(head);
  if (text.starts_with("#EXTM3U")) {
    return make_error(Code::invalid, "{}: the address answers with an HLS playlist, not a stream", url)
        .named("source-not-a-stream");
  }
  if (starts_with_word(text, "<!doctype html") || starts_with_word(text, "<html") ||
      (starts_with_word(mime, "text/html") && text.starts_with('<'))) {
    return make_error(Code::invalid,
                      "{}: the address answers with a web page, not a stream; use the stream's own address",
                      url)
        .named("source-not-a-stream");
  }
  if (text.starts_with("<?xml") || text.starts_with("<MPD")) {
    return make_error(
               Code::invalid,
               "{}: the address answers with an XML document (DASH?), not a stream; use its HLS address", url)
        .named("source-not-a-stream");
  }
  if (head.size() >= 8) {
    const std::string_view box = std::string_view(head).substr(4, 4);
    for (const std::string_view known : {"ftyp", "styp", "moov", "moof", "sidx"}) {
      if (box == known) return std::string("mov");
    }
  }
  if (head.starts_with("FLV")) return std::string("flv");
  if (head.size() > 376 && head[0] == 'G' && head[188] == 'G' && head[376] == 'G')
    return std::string("mpegts");
  if (const char* format = format_of_mime(mime)) return std::string(format);
  return std::string();
}

Status Input::open_container(std::string format) {
  if (format == "mov" || format == "mp4") return open_fragments();
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferSize));
  avio_.reset(avio_alloc_context(buffer, kBufferSize, 0, this, &Input::read_bytes, nullptr, nullptr));
  if (!avio_) return failure(AVERROR(ENOMEM), true);
  avio_->seekable = 0;

  const AVInputFormat* demuxer = nullptr;
  if (format.empty()) {
    const int score = av_probe_input_buffer2(avio_.get(), &demuxer, "", nullptr, 0, 64 << 10);
    if (score < 0) return failure(score, true);
  } else {
    demuxer = av_find_input_format(format.c_str());
    if (!demuxer) return make_error(Code::invalid, "no reader for the container \"{}\"", format);
  }
  Options options;
  return open_format("", demuxer, options);
}

Status Input::open_fragments() {
  fragments_ =
      std::make_unique<FragmentDemuxer>([this](std::span<std::byte> into) { return fill_all(into); });
  auto opened = fragments_->open();
  if (!opened) return std::move(opened).error();
  format_ = std::move(opened).value();
  return {};
}

std::string Input::container() const {
  if (fragments_) return "fmp4";
  const std::string_view name = format_->iformat->name;
  if (name == "rtsp" || name == "rtp") return "rtp";
  if (name == "live_flv") return "flv";
  return std::string(name.substr(0, name.find(',')));
}

Result<bool> Input::read(AVPacket& packet) {
  watch_.set_deadline(options_.read_timeout);
  if (fragments_) {
    FormatPtr replaced;
    auto more = fragments_->next(packet, replaced);
    if (replaced) {
      format_ = std::move(replaced);
      ++generation_;
    }
    return more;
  }
  const int result = guarded([&] { return av_read_frame(format_.get(), &packet); });
  if (result >= 0) return true;
  if (watch_.stopped() || watch_.expired() || source_error_) return failure(result, false);
  if (result == AVERROR_EOF && format_->pb && format_->pb->error < 0 && format_->pb->error != AVERROR_EOF) {
    return failure(format_->pb->error, false);
  }
  if (result == AVERROR_EOF) return false;
  return failure(result, false);
}

Error Input::failure(int code, bool opening) {
  if (source_error_) return *source_error_;
  if (watch_.stopped()) return Error(Code::unavailable, "stopped");
  if (watch_.expired() || code == AVERROR_EXIT) {
    const std::string url = redact_url(options_.url);
    const auto seconds = [](std::chrono::milliseconds d) { return static_cast<double>(d.count()) / 1000; };
    if (!opening) {
      return make_error(Code::unavailable, "{}: no data for {:g} s", url, seconds(options_.read_timeout))
          .named("source-timeout");
    }
    return make_error(
               Code::unavailable,
               "{}: no answer within {:g} s; check the address, the firewall, and that the source is running",
               url, seconds(options_.open_timeout))
        .named("source-timeout");
  }
  if (refusal_) return *refusal_;
  return to_error(code, {.url = options_.url, .opening = opening});
}

int Input::read_bytes(void* self, std::uint8_t* into, int size) {
  return static_cast<Input*>(self)->fill(
      {reinterpret_cast<std::byte*>(into), static_cast<std::size_t>(std::max(size, 0))});
}

int Input::fill(std::span<std::byte> into) {
  if (into.empty()) return 0;
  if (head_given_ < head_.size()) {
    const std::size_t n = std::min(into.size(), head_.size() - head_given_);
    std::memcpy(into.data(), head_.data() + head_given_, n);
    head_given_ += n;
    if (head_given_ == head_.size()) {
      head_ = {};
      head_given_ = 0;
    }
    return static_cast<int>(n);
  }
  if (options_.stop.stop_requested()) return AVERROR_EXIT;
  if (options_.bytes) {
    auto got = options_.bytes(into);
    if (!got) {
      source_error_ = std::move(got).error();
      return AVERROR_EXTERNAL;
    }
    return *got == 0 ? AVERROR_EOF : static_cast<int>(*got);
  }
  const int n = avio_read_partial(url_avio_.get(), reinterpret_cast<std::uint8_t*>(into.data()),
                                  static_cast<int>(into.size()));
  // An HTTP answer without a length ends with the connection, which libav reports as an input error.
  const bool ended = n == 0 || (n == AVERROR(EIO) && protocol_.starts_with("http"));
  return ended ? AVERROR_EOF : n;
}

Result<bool> Input::fill_all(std::span<std::byte> into) {
  while (!into.empty()) {
    const int n = fill(into);
    if (n == AVERROR_EOF) return false;
    if (n < 0) return failure(n, opening_);
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace longtake::media::ffmpeg
