#pragma once
// What lies at an HTTP address: a playlist, a stream, or something that is neither.

#include <optional>
#include <string>
#include <string_view>

#include "ingest/input.h"
#include "io/http_client.h"
#include "media/hls/playlist.h"

namespace longtake::ingest {

struct Sniffed {
  std::optional<media::hls::SourcePlaylist> playlist;
  std::string final_url;
  std::string format;  ///< demuxer of a stream, when the first bytes tell
};
/// One GET that stops as soon as it knows. Errors: forbidden, not_found (by status), invalid (a web page, a
/// broken playlist), unavailable.
Result<Sniffed> sniff(const InputOptions& options);

/// Judging bytes and statuses. Pure.
bool is_web_page(std::string_view head);
std::string format_of(std::string_view head);  ///< "mpegts", "mov", "flv" or empty
Status check_status(const io::HttpResponse& response, std::string_view url);

}  // namespace longtake::ingest
