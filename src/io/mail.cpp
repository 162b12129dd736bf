#include "io/mail.h"

#include <curl/curl.h>
#include <sodium.h>

#include <cassert>
#include <memory>

#include <fmt/format.h>

#include "io/curl_once.h"

namespace longtake::io {
namespace {

struct FreeCurl {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

/// "smtp://host:25" -> "host:25".
std::string_view host_of(std::string_view server) {
  return server.substr(server.find("://") + 3);
}

struct Upload {
  std::string_view left;
  std::stop_token stop;
};

std::size_t read_callback(char* out, std::size_t one, std::size_t n, void* data) {
  auto& left = static_cast<Upload*>(data)->left;
  const auto size = left.copy(out, one * n);
  left.remove_prefix(size);
  return size;
}

int progress_callback(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Upload*>(data)->stop.stop_requested() ? 1 : 0;
}

Error mail_error(CURLcode code, CURL* curl, std::string_view server, const char* detail) {
  const auto host = host_of(server);
  long answer = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return make_error(Code::unavailable, "the mail server {} is not known: check mail.server", host);
    case CURLE_COULDNT_CONNECT:
      return make_error(Code::unavailable, "the mail server {} refuses connections: check mail.server", host);
    case CURLE_OPERATION_TIMEDOUT:
      return make_error(Code::unavailable, "the mail server {} did not answer in time", host);
    case CURLE_ABORTED_BY_CALLBACK:
      return make_error(Code::unavailable, "sending by {} was cancelled", host);
    case CURLE_USE_SSL_FAILED:
      return make_error(
          Code::unavailable,
          "the mail server {} offers no TLS: use another, or set mail.starttls = false for a relay "
          "on this machine",
          host);
    case CURLE_PEER_FAILED_VERIFICATION:
      return make_error(Code::unavailable, "the certificate of the mail server {} is not valid: {}", host,
                        detail);
    case CURLE_LOGIN_DENIED:
      return make_error(Code::unavailable,
                        "the mail server {} refuses the credentials: check mail.user and mail.password",
                        host);
    default:
      break;
  }
  // RFC 5321 4.2.1: 5yz will be the same the next time.
  if (answer >= 500)
    return make_error(Code::invalid, "the mail server {} refuses the message ({})", host, answer);
  return make_error(Code::unavailable, "sending by {} failed: {}", host,
                    *detail ? detail : ::curl_easy_strerror(code));
}

std::string make_message_id(const std::string& from) {
  if (::sodium_init() < 0) std::abort();
  return fmt::format("{:016x}{:08x}@{}",
                     static_cast<std::uint64_t>(::randombytes_random()) << 32 | ::randombytes_random(),
                     ::randombytes_random(), from.substr(from.find('@') + 1));
}

}  // namespace

Status check_mail_options(const MailOptions& options) {
  if (options.server.empty()) return {};
  const auto& server = options.server;
  if ((!server.starts_with("smtp://") && !server.starts_with("smtps://")) || host_of(server).empty() ||
      host_of(server).find_first_of("/@ ") != std::string::npos)
    return make_error(Code::invalid, "mail.server: '{}' is not smtp://HOST:PORT or smtps://HOST:PORT",
                      server);
  if (options.from.empty())
    return make_error(Code::invalid, "mail.from is missing: set the address that e-mails come from");
  if (const auto from = address_of(options.from); !from)
    return make_error(Code::invalid, "mail.from: {}", from.error().text());
  return {};
}

Status send_mail(const MailOptions& options, const Mail& mail, WallTime now, std::stop_token stop) {
  LT_CHECK(check_mail_options(options));
  init_curl_once();
  LT_TRY(const auto from, address_of(options.from));
  LT_TRY(const auto to, address_of(mail.to));
  LT_TRY(const auto text, format_mail(mail, {.from = options.from, .now = now, .id = make_message_id(from)}));
  const std::unique_ptr<CURL, FreeCurl> handle{::curl_easy_init()};
  assert(handle);
  CURL* curl = handle.get();
  const std::unique_ptr<curl_slist, FreeList> recipients{
      ::curl_slist_append(nullptr, fmt::format("<{}>", to).c_str())};
  Upload upload{text, std::move(stop)};
  char detail[CURL_ERROR_SIZE] = "";
  const auto set = [curl](CURLoption option, auto value) {
    [[maybe_unused]] const auto code = ::curl_easy_setopt(curl, option, value);
    assert(code == CURLE_OK);
  };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, detail);
  set(CURLOPT_URL, options.server.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");  // the environment does not decide where we connect
  set(CURLOPT_USE_SSL, static_cast<long>(options.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.user.empty()) {
    set(CURLOPT_USERNAME, options.user.c_str());
    set(CURLOPT_PASSWORD, options.password.c_str());
  }
  const auto envelope_from = fmt::format("<{}>", from);
  set(CURLOPT_MAIL_FROM, envelope_from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, read_callback);
  set(CURLOPT_READDATA, static_cast<void*>(&upload));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, progress_callback);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&upload));
  if (const CURLcode code = ::curl_easy_perform(curl); code != CURLE_OK)
    return mail_error(code, curl, options.server, detail);
  return {};
}

}  // namespace longtake::io
