#include "http/request_reader.h"

#include <algorithm>
#include <optional>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fmt/format.h>

#include "http/problem.h"

namespace longtake::http {

namespace beast = boost::beast;

struct RequestReader::Impl {
  explicit Impl(Limits l) : limits(l) { buffer.max_size(limits.header + body_piece); }

  // Parses what is buffered.
  void put() {
    const auto used = parser->put(buffer.data(), error);
    buffer.consume(used);
  }
  bool needs_more() const { return error == beast::http::error::need_more; }

  static constexpr std::size_t body_piece = std::size_t{64} << 10;
  const Limits limits;
  beast::flat_buffer buffer;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser;
  beast::error_code error;
  /// How the body is written must be beyond doubt (RFC 9112 6.3): where a front and we read it differently,
  /// the rest of it would be taken for another request.
  bool is_clear() const {
    const auto& message = parser->get();
    const auto codings = message.equal_range(beast::http::field::transfer_encoding);
    if (codings.first == codings.second) return true;
    const auto only = codings.first->value();
    return std::next(codings.first) == codings.second && message.version() == 11 &&
           beast::iequals(only, "chunked");
  }

  std::size_t body_limit = 0;
  bool body_begun = false;
  bool url_too_long = false;
  bool unclear = false;
};

RequestReader::RequestReader(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;

std::span<std::byte> RequestReader::room(std::size_t size) {
  auto& buffer = impl_->buffer;
  const auto space = buffer.prepare(std::min(size, buffer.max_size() - buffer.size()));
  return {static_cast<std::byte*>(space.data()), space.size()};
}

void RequestReader::received(std::size_t size) {
  impl_->buffer.commit(size);
}

bool RequestReader::has_unparsed() const {
  return impl_->buffer.size() > 0;
}

void RequestReader::drop_unparsed() {
  impl_->buffer.consume(impl_->buffer.size());
}

RequestReader::State RequestReader::read_header() {
  Impl& i = *impl_;
  if (!i.parser) {
    i.parser.emplace();
    i.parser->eager(false);
    i.parser->header_limit(static_cast<std::uint32_t>(i.limits.header));
    i.parser->body_limit(boost::none);  // the route decides
  }
  while (!i.parser->is_header_done()) {
    i.error = {};
    i.put();
    if (i.needs_more()) return State::more;
    if (i.error) return State::failed;
  }
  i.url_too_long = i.parser->get().target().size() > i.limits.url;
  i.unclear = !i.is_clear();
  return i.url_too_long || i.unclear ? State::failed : State::done;
}

RequestReader::State RequestReader::read_body(std::size_t body_limit) {
  Impl& i = *impl_;
  if (!i.body_begun) {
    // Once: the parser counts down from it, and would begin anew with every piece.
    i.body_begun = true;
    i.body_limit = body_limit;
    i.parser->eager(true);
    i.parser->body_limit(body_limit);
  }
  while (!i.parser->is_done() && has_unparsed()) {
    const auto before = i.buffer.size();
    i.error = {};
    i.put();
    if (i.error && !i.needs_more()) return State::failed;
    if (i.buffer.size() == before) break;
  }
  return i.parser->is_done() ? State::done : State::more;
}

Response RequestReader::refusal() const {
  const Impl& i = *impl_;
  namespace e = beast::http;
  // At the header's limit without a target it is the request line that is too long.
  const bool no_target = !i.parser || i.parser->get().target().empty();
  if (i.url_too_long || (i.error == e::error::header_limit && no_target))
    return problem(414, fmt::format("the address is longer than {} bytes", i.limits.url));
  if (i.error == e::error::header_limit)
    return problem(431, fmt::format("the header is longer than {} bytes", i.limits.header));
  if (i.unclear) return problem(400, "a body is written as 'chunked' or with a length, and in one way only");
  if (i.error == e::error::body_limit)
    return problem(413, fmt::format("the body is longer than {} bytes", i.body_limit));
  if (i.error == e::error::bad_version) return problem(505, "HTTP/1.1 is spoken here");
  return problem(400, "this is not an HTTP request: " + i.error.message());
}

RequestReader::Head RequestReader::take_head() const {
  const auto& parser = *impl_->parser;
  const auto& message = parser.get();
  const auto length = parser.content_length().value_or(0);
  Head head;
  head.keep_alive = message.keep_alive();
  head.old_client = message.version() < 11;
  head.has_body = parser.chunked() || length > 0;
  head.content_length = length;
  const auto method = message.method_string();
  head.request.method = parse_method({method.data(), method.size()});
  head.request.target = {message.target().data(), message.target().size()};
  for (const auto& field : message)
    head.request.headers.add({field.name_string().data(), field.name_string().size()},
                             {field.value().data(), field.value().size()});
  return head;
}

std::string RequestReader::take_body() {
  return std::move(impl_->parser->get().body());
}

void RequestReader::finish() {
  impl_->parser.reset();
  impl_->url_too_long = false;
  impl_->unclear = false;
  impl_->body_begun = false;
}

}  // namespace longtake::http
