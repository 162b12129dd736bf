#include "media/ffmpeg/errors.h"

#include <netdb.h>

#include <cerrno>

#include "base/log.h"
#include "media/ffmpeg/address.h"
#include "media/ffmpeg/libav.h"

namespace longtake::media::ffmpeg {

namespace {

/// libav says "input/output error" for a name that does not resolve, so the name is looked up again.
bool host_is_unknown(std::string_view url) {
  const Address address = split_address(url);
  if (address.host.empty()) return false;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result = getaddrinfo(std::string(address.host).c_str(), nullptr, &hints, &found);
  if (found) freeaddrinfo(found);
  return result != 0;
}

Error unavailable(const std::string& url, std::string_view text) {
  return make_error(Code::unavailable, "{}: {}", url, text);
}

}  // namespace

std::string describe(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

namespace {

/// The failure in one line.
Error tell(int code, const Failure& failure) {
  const std::string url = redact_url(failure.url);
  switch (code) {
    case AVERROR(ECONNREFUSED):
      return unavailable(url, "connection refused; check the port, and that the source is running");
    case AVERROR(EHOSTUNREACH):
    case AVERROR(ENETUNREACH):
    case AVERROR(EHOSTDOWN):
      return unavailable(url, "host cannot be reached; check the address and the network between");
    case AVERROR(ETIMEDOUT):
      return unavailable(url, "timed out; check the address, the firewall, and that the source is running");
    case AVERROR(ECONNRESET):
    case AVERROR(EPIPE):
      return unavailable(url, "the source closed the connection");
    case AVERROR(EADDRINUSE):
      return unavailable(url, "the local port is in use by another program; choose another port");
    case AVERROR(EADDRNOTAVAIL):
      return unavailable(url, "this machine does not have that address; listen on one of its own");
    case AVERROR_HTTP_UNAUTHORIZED:
      return make_error(Code::forbidden,
                        "{}: the source asks for a user and password, or refuses these (401)", url);
    case AVERROR_HTTP_FORBIDDEN:
      return make_error(Code::forbidden, "{}: the source forbids access (403); check address and permission",
                        url);
    case AVERROR_HTTP_NOT_FOUND:
      return make_error(Code::not_found, "{}: the source knows no such stream (404); check the path", url);
    case AVERROR_HTTP_BAD_REQUEST:
      return make_error(Code::invalid, "{}: the source calls the request bad (400); check the address", url);
    case AVERROR_HTTP_OTHER_4XX:
      return make_error(Code::invalid, "{}: the source refuses the request (4xx); check the address", url);
    case AVERROR_HTTP_SERVER_ERROR:
      return unavailable(url, "the source reports a failure of its own (5xx)");
    case AVERROR_STREAM_NOT_FOUND:
      return make_error(Code::not_found, "{}: the source offers no stream", url);
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR(EINVAL):
      return make_error(Code::invalid, "{}: not an address this server can read; check how it is written",
                        url);
    case AVERROR_EOF:
      return unavailable(url, failure.opening ? "the source closed the connection before sending a stream"
                                              : "the source ended the stream");
    case AVERROR_INVALIDDATA:
      return make_error(Code::invalid, "{}: what the source sends is not a media stream", url);
    case AVERROR(ENOMEM):
      return make_error(Code::internal, "{}: out of memory", url);
    default:
      break;
  }
  if (failure.opening && code == AVERROR(EIO) && host_is_unknown(failure.url)) {
    return unavailable(url, "host name not found; check its spelling and the name server");
  }
  if (code == AVERROR(EIO) || code == AVERROR_UNKNOWN) {
    return unavailable(url, failure.opening
                                ? "the source refused or broke the connection; check the path and key"
                                : "the connection broke");
  }
  return make_error(Code::unavailable, "{}: {}", url, describe(code));
}

/// The short name of the failure in the HTTP contract.
std::string kind_of(int code, const Failure& failure) {
  switch (code) {
    case AVERROR(ECONNREFUSED):
      return "source-refused";
    case AVERROR(ETIMEDOUT):
      return "source-timeout";
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
      return "source-unauthorized";
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR_STREAM_NOT_FOUND:
      return "source-not-found";
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR(EINVAL):
      return "source-bad-address";
    case AVERROR_INVALIDDATA:
      return "source-not-a-stream";
    case AVERROR(EIO):
      return failure.opening && host_is_unknown(failure.url) ? "source-unknown-host" : "source-failed";
    default:
      return "source-failed";
  }
}

}  // namespace

Error to_error(int code, const Failure& failure) {
  return tell(code, failure).named(kind_of(code, failure));
}

Error codec_error(int code, std::string_view doing) {
  return make_error(code == AVERROR(ENOMEM) ? Code::internal : Code::invalid, "{} failed: {}", doing,
                    describe(code));
}

}  // namespace longtake::media::ffmpeg
