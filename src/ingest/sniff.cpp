#include "ingest/sniff.h"

#include <algorithm>
#include <cctype>

#include "ingest/address_rules.h"

namespace longtake::ingest {
namespace {

constexpr std::size_t head_size = 1024;
constexpr std::size_t playlist_limit = 8u << 20;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t ts_packet = 188;

std::string_view without_mark(std::string_view head) {
  if (head.starts_with(byte_order_mark)) head.remove_prefix(byte_order_mark.size());
  return head;
}

bool is_playlist(std::string_view head) {
  return without_mark(head).starts_with("#EXTM3U");
}

}  // namespace

bool is_web_page(std::string_view head) {
  head = without_mark(head);
  const auto start = head.find_first_not_of(" \t\r\n");
  if (start == head.npos) return false;
  std::string lower{head.substr(start, 15)};
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.starts_with("<head");
}

std::string format_of(std::string_view head) {
  if (head.starts_with('\x47') && (head.size() <= ts_packet || head[ts_packet] == '\x47')) return "mpegts";
  if (head.starts_with("FLV")) return "flv";
  if (head.size() >= 8) {
    const auto box = head.substr(4, 4);
    for (const auto known : {"ftyp", "styp", "moov", "moof", "sidx"})
      if (box == known) return "mov";
  }
  return {};
}

Status check_status(const io::HttpResponse& response, std::string_view url) {
  const auto status = response.status;
  if (status >= 200 && status < 300) return {};
  const auto name = redact_url(url);
  if (status == 401)
    return make_error(Code::forbidden, "{} asks for a user and password (401)", name)
        .named("source-unauthorized");
  if (status == 403)
    return make_error(Code::forbidden, "{} refuses access (403)", name).named("source-unauthorized");
  if (status == 404 || status == 410)
    return make_error(Code::not_found, "{} is not there ({})", name, status).named("source-not-found");
  return make_error(Code::unavailable, "{} answers with status {}", name, status);
}

Result<Sniffed> sniff(const InputOptions& options) {
  io::HttpClient client{AddressRules{options.allow_private}.http()};
  std::string head;
  const io::HttpClient::Sink sink = [&head](std::span<const std::byte> bytes) {
    head.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return head.size() < head_size || (is_playlist(head) && head.size() < playlist_limit);
  };
  LT_TRY(const auto response, client.get({.url = options.url, .headers = {}, .timeout = options.open_timeout},
                                         sink, options.stop));
  LT_CHECK(check_status(response, options.url));
  Sniffed found{.final_url = response.final_url.empty() ? options.url : response.final_url,
                .format = format_of(head)};
  if (is_playlist(head)) {
    LT_TRY(found.playlist, media::hls::parse(head));
  } else if (is_web_page(head)) {
    return make_error(Code::invalid, "{} is a web page, not a stream: give the address of the stream itself",
                      redact_url(options.url))
        .named("source-not-a-stream");
  } else if (head.empty()) {
    return make_error(Code::unavailable, "{} gives nothing", redact_url(options.url));
  }
  return found;
}

}  // namespace longtake::ingest
