#pragma once
// A source opened: raw packets as libav's demuxer cuts them, without parsers and without mended time stamps.
// Private to this folder. One thread.

#include <memory>
#include <optional>
#include <string>

#include "media/ffmpeg/address.h"
#include "media/ffmpeg/fragments.h"
#include "media/ffmpeg/libav.h"
#include "media/ffmpeg/lookups.h"
#include "media/ffmpeg/reader.h"
#include "media/ffmpeg/watch.h"

namespace longtake::media::ffmpeg {

class Input {
 public:
  /// Connects, and finds the container. `options` must outlive the input.
  static Result<std::unique_ptr<Input>> open(const ReaderOptions& options);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// The next raw packet; false at the end. Errors as Reader::next().
  Result<bool> read(AVPacket& packet);

  AVFormatContext& context() const { return *format_; }
  /// Grows when context() was replaced: its streams are all new then.
  unsigned generation() const { return generation_; }
  /// "rtsp/tcp", "http"; "hls" for bytes fetched by somebody else.
  const std::string& protocol() const { return protocol_; }
  std::string container() const;
  /// Reading has fallen behind the source, or keeps up again.
  void hurry(bool behind) { watch_.hurry(behind); }
  /// Packets are pieces of RTP: parts of a picture, each with the picture's time stamp.
  bool rtp() const { return rtp_; }

 private:
  explicit Input(const ReaderOptions& options) : options_(options), watch_(options.stop) {}
  Status connect();
  Status open_file();
  Status open_demuxer(const SchemeRules& rules);
  Status open_url_bytes(const SchemeRules& rules);
  Status open_container(std::string format);
  Status open_fragments();
  Result<std::string> look_at_head(std::string_view mime);
  Status open_format(const char* url, const AVInputFormat* format, Options& options);
  template <class Call>
  int guarded(Call call);
  Error failure(int code, bool opening);
  int fill(std::span<std::byte> into);
  Result<bool> fill_all(std::span<std::byte> into);
  static int read_bytes(void* self, std::uint8_t* into, int size);

  const ReaderOptions& options_;
  Watch watch_;
  std::string protocol_;
  bool rtp_ = false;
  bool opening_ = true;
  unsigned generation_ = 0;
  UrlAvioPtr url_avio_;
  std::string head_;  // bytes read before the container was known, to be given first
  std::size_t head_given_ = 0;
  std::optional<Error> source_error_;  // what `options_.bytes` failed with
  std::optional<Error> refusal_;       // why libav was kept from where it wanted to connect
  OwnAvioPtr avio_;
  FormatPtr format_;
  std::unique_ptr<FragmentDemuxer> fragments_;
};

}  // namespace longtake::media::ffmpeg
