#include "io/http_client.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cerrno>

#include <fmt/format.h>

#include "io/curl_once.h"
#include "io/file.h"

namespace longtake::io {
namespace {

constexpr std::size_t other_body_limit = std::size_t{64} << 10;

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

// The host for messages: never user, password or query.
std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  return std::string{url.substr(0, 100)};
}

// What one call collects; curl's callbacks get a pointer to it.
struct Call {
  const HttpRequest& request;
  const HttpClient::Sink* sink;
  const HttpClient::Options& options;
  std::stop_token stop;
  CURL* curl;
  HttpResponse response;
  std::uint64_t received = 0;
  bool too_long = false;
  bool ended_by_sink = false;
  std::optional<Address> refused;

  bool is_success() {
    long status = 0;
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
  }

  std::size_t on_body(const char* bytes, std::size_t size) {
    const bool success = is_success();
    if (!success) {
      const auto room = other_body_limit - std::min(other_body_limit, response.body.size());
      response.body.append(bytes, std::min(size, room));
      return size;
    }
    received += size;
    if (received > request.body_limit) {
      too_long = true;
      return 0;
    }
    if (!sink) {
      response.body.append(bytes, size);
    } else if (!(*sink)({reinterpret_cast<const std::byte*>(bytes), size})) {
      ended_by_sink = true;
      return 0;
    }
    return size;
  }

  void on_header(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // another answer begins: a redirect was followed, or 100 Continue
      response.headers.clear();
      return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name{trim(line.substr(0, colon))};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers.emplace_back(std::move(name), trim(line.substr(colon + 1)));
  }
};

std::size_t body_callback(char* bytes, std::size_t one, std::size_t n, void* call) {
  return static_cast<Call*>(call)->on_body(bytes, one * n);
}
std::size_t header_callback(char* bytes, std::size_t one, std::size_t n, void* call) {
  static_cast<Call*>(call)->on_header({bytes, one * n});
  return one * n;
}
int progress_callback(void* call, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Call*>(call)->stop.stop_requested() ? 1 : 0;
}
curl_socket_t open_socket_callback(void* data, curlsocktype purpose, curl_sockaddr* address) {
  auto& call = *static_cast<Call*>(data);
  if (purpose == CURLSOCKTYPE_IPCXN && call.options.allow_address) {
    const auto peer = Address::from(address->addr);
    if (!call.options.allow_address(peer)) {
      call.refused = peer;
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Error connect_error(const Call& call, const std::string& host) {
  long os = 0;
  ::curl_easy_getinfo(call.curl, CURLINFO_OS_ERRNO, &os);
  if (os == 0 || os == ECONNREFUSED)
    return make_error(Code::unavailable,
                      "{} refused the connection: check the port, and that the source is running", host)
        .named("source-refused");
  return os_error(static_cast<int>(os), "connect to", host);
}

// The one place where a curl code becomes an Error.
Error curl_error(CURLcode code, const Call& call, const char* detail) {
  const auto host = host_of(call.request.url);
  if (call.stop.stop_requested()) return make_error(Code::unavailable, "request to {} was cancelled", host);
  if (call.refused)
    return make_error(Code::forbidden, "{} is at {}, a {} address; {}", host, call.refused->to_string(),
                      to_string(call.refused->kind()), call.options.address_mend)
        .named("source-forbidden-address");
  if (call.too_long)
    return make_error(Code::full, "{} sent more than the {} bytes allowed", host, call.request.body_limit);
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      return make_error(Code::invalid, "only http and https addresses can be read, also after a redirect")
          .named("source-forbidden-address");
    case CURLE_URL_MALFORMAT:
      return make_error(Code::invalid, "the address is malformed").named("source-bad-address");
    case CURLE_COULDNT_RESOLVE_HOST:
      return make_error(Code::unavailable,
                        "the host name {} is not known: check its spelling and the name server", host)
          .named("source-unknown-host");
    case CURLE_COULDNT_CONNECT:
      return connect_error(call, host);
    case CURLE_OPERATION_TIMEDOUT:
      return make_error(Code::unavailable, "{} did not answer in time", host).named("source-timeout");
    case CURLE_TOO_MANY_REDIRECTS:
      return make_error(Code::unavailable, "{} redirected more than {} times", host,
                        call.options.redirect_limit);
    case CURLE_PEER_FAILED_VERIFICATION:
      return make_error(Code::unavailable, "the certificate of {} is not valid: {}", host, detail);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return make_error(Code::unavailable, "{} closed the connection in the middle", host);
    default:
      return make_error(Code::unavailable, "reading from {} failed: {}", host,
                        *detail ? detail : ::curl_easy_strerror(code));
  }
}

struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List make_list(const std::vector<std::pair<std::string, std::string>>& headers) {
  List list;
  for (const auto& [name, value] : headers) {
    // "Name;" is how curl sends a header without a value.
    const auto line = value.empty() ? name + ";" : name + ": " + value;
    if (auto* longer = ::curl_slist_append(list.get(), line.c_str())) {
      (void)list.release();
      list.reset(longer);
    }
  }
  return list;
}

bool has_line_break(const HttpRequest& request) {
  const auto bad = [](const std::string& s) {
    return s.find_first_of(std::string_view{"\r\n\0", 3}) != s.npos;
  };
  return bad(request.url) || std::any_of(request.headers.begin(), request.headers.end(),
                                         [&](const auto& h) { return bad(h.first) || bad(h.second); });
}

}  // namespace

std::optional<std::string_view> HttpResponse::find_header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return std::nullopt;
}

struct HttpClient::Impl {
  explicit Impl(Options o) : options(std::move(o)) {
    init_curl_once();
    curl = ::curl_easy_init();
    assert(curl);
  }
  ~Impl() { ::curl_easy_cleanup(curl); }

  void set_up(Call& call, char* detail);
  Result<HttpResponse> perform(const HttpRequest& request, const Sink* sink, std::stop_token stop,
                               const std::string* form = nullptr);

  const Options options;
  CURL* curl;
};

void HttpClient::Impl::set_up(Call& call, char* detail) {
  ::curl_easy_reset(curl);  // keeps the connections
  const auto set = [this](CURLoption option, auto value) {
    [[maybe_unused]] const auto code = ::curl_easy_setopt(curl, option, value);
    // After some failures curl keeps its old buffer and refuses to change the size; it goes on with what it
    // has.
    assert(code == CURLE_OK || option == CURLOPT_BUFFERSIZE);
  };
  const HttpRequest& request = call.request;
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, detail);
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // the environment does not decide where we connect
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, static_cast<long>(options.redirect_limit));
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall.count()));
  set(CURLOPT_BUFFERSIZE, static_cast<long>(options.receive_buffer));
  set(CURLOPT_MAXCONNECTS, 4L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_WRITEFUNCTION, body_callback);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&call));
  set(CURLOPT_HEADERFUNCTION, header_callback);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&call));
  set(CURLOPT_OPENSOCKETFUNCTION, open_socket_callback);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&call));
  set(CURLOPT_NOPROGRESS, 0L);  // the progress callback is how a stop reaches a waiting transfer
  set(CURLOPT_XFERINFOFUNCTION, progress_callback);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&call));
}

Result<HttpResponse> HttpClient::Impl::perform(const HttpRequest& request, const Sink* sink,
                                               std::stop_token stop, const std::string* form) {
  if (has_line_break(request))
    return make_error(Code::invalid, "the address or a header has a line break in it");
  Call call{.request = request, .sink = sink, .options = options, .stop = std::move(stop), .curl = curl};
  char detail[CURL_ERROR_SIZE] = "";
  set_up(call, detail);
  const List headers = make_list(request.headers);
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  std::string range;
  if (request.range) {
    range = fmt::format("{}-", request.range->first);
    if (request.range->last) range += std::to_string(*request.range->last);
    ::curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  }
  if (form) {
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form->size()));
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form->c_str());
    ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  }
  const CURLcode code = ::curl_easy_perform(curl);
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && call.ended_by_sink))
    return curl_error(code, call, detail);
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  call.response.status = static_cast<int>(status);
  const char* url = nullptr;
  if (::curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url)
    call.response.final_url = url;
  return std::move(call.response);
}

HttpClient::HttpClient(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::get(const HttpRequest& request, std::stop_token stop) {
  return impl_->perform(request, nullptr, std::move(stop));
}

Result<HttpResponse> HttpClient::post(const HttpRequest& request, const std::string& form,
                                      std::stop_token stop) {
  return impl_->perform(request, nullptr, std::move(stop), &form);
}

Result<HttpResponse> HttpClient::get(const HttpRequest& request, const Sink& sink, std::stop_token stop) {
  return impl_->perform(request, &sink, std::move(stop));
}

}  // namespace longtake::io
