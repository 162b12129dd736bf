#include "http/ranges.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "http/problem.h"

namespace longtake::http {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// Digits only. A number too large for us is larger than any file: the greatest one stands for it.
std::optional<std::uint64_t> position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t n = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (ec == std::errc::result_out_of_range) return UINT64_MAX;
  return n;
}

bool starts_with_bytes_unit(std::string_view text) {
  constexpr std::string_view unit = "bytes=";
  return text.size() >= unit.size() && std::equal(unit.begin(), unit.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
         });
}

std::string_view opaque(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

// Seconds since 1970 of a date field; 0 without one that can be read.
std::int64_t date_of(const Headers& headers, std::string_view name) {
  const auto text = headers.find(name);
  if (!text) return 0;
  const auto date = parse_http_date(*text);
  return date ? to_us(*date) / 1'000'000 : 0;
}

/// What must not be kept is not asked about again: the tag of such an answer is for edits, and may stay while
/// other facts in it change.
bool may_be_kept(const Headers& answer) {
  return answer.find("Cache-Control").value_or("").find("no-store") == std::string_view::npos;
}

enum class Verdict { proceed, not_modified, failed };

Verdict judge(const Request& request, const Headers& answer) {
  const auto etag = answer.find("ETag");
  const auto modified = date_of(answer, "Last-Modified");
  if (const auto list = request.headers.find("If-Match")) {
    if (trim(*list) != "*" && !(etag && etag_listed(*list, *etag, Compare::strong))) return Verdict::failed;
  } else if (const auto since = date_of(request.headers, "If-Unmodified-Since"); since > 0) {
    if (modified > since) return Verdict::failed;
  }
  if (!may_be_kept(answer)) return Verdict::proceed;
  if (const auto list = request.headers.find("If-None-Match")) {
    if (trim(*list) == "*" || (etag && etag_listed(*list, *etag, Compare::weak)))
      return Verdict::not_modified;
  } else if (const auto since = date_of(request.headers, "If-Modified-Since"); since > 0) {
    if (modified > 0 && modified <= since) return Verdict::not_modified;
  }
  return Verdict::proceed;
}

// RFC 9110 13.1.5: the range is wanted only if the whole is still what the client has a part of.
bool range_still_wanted(const Request& request, const Headers& answer) {
  const auto condition = request.headers.find("If-Range");
  if (!condition) return true;
  const auto text = trim(*condition);
  if (text.starts_with('"')) {
    const auto etag = answer.find("ETag");
    return etag && etag_listed(text, *etag, Compare::strong);
  }
  const auto modified = answer.find("Last-Modified");
  return modified && parse_http_date(text) && *modified == text;
}

void become_not_modified(Response& response) {
  response.status = 304;
  response.body = std::string{};
  for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition"})
    response.headers.remove(name);
}

void become_unsatisfiable(Response& response, std::uint64_t size) {
  const auto whole_etag = response.headers.find("ETag");
  auto answer = problem(416, fmt::format("the range is not within the {} bytes there are", size));
  answer.headers.set("Content-Range", fmt::format("bytes */{}", size));
  answer.headers.set("Accept-Ranges", "bytes");
  if (whole_etag) answer.headers.set("ETag", std::string{*whole_etag});
  response = std::move(answer);
}

}  // namespace

RangeChoice choose_range(std::string_view text, std::uint64_t size) {
  text = trim(text);
  if (!starts_with_bytes_unit(text)) return {};
  text = trim(text.substr(6));
  if (text.find(',') != std::string_view::npos) return {};
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto left = trim(text.substr(0, dash)), right = trim(text.substr(dash + 1));
  const auto last = position(right);
  if (left.empty()) {
    if (!last) return {};
    const std::uint64_t suffix = std::min(*last, size);
    if (suffix == 0) return {RangeKind::unsatisfiable, {}};
    return {RangeKind::partial, {size - suffix, suffix}};
  }
  const auto first = position(left);
  if (!first || (!right.empty() && (!last || *last < *first))) return {};
  if (*first >= size) return {RangeKind::unsatisfiable, {}};
  const std::uint64_t end = right.empty() ? size : std::min(*last, size - 1) + 1;
  return {RangeKind::partial, {*first, end - *first}};
}

bool etag_listed(std::string_view list, std::string_view etag, Compare compare) {
  if (compare == Compare::strong && etag.starts_with("W/")) return false;
  while (!(list = trim(list)).empty()) {
    if (list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    const bool weak = list.starts_with("W/");
    const auto open = weak ? 2u : 0u;
    const auto close =
        list.size() > open && list[open] == '"' ? list.find('"', open + 1) : std::string_view::npos;
    if (close == std::string_view::npos) return false;
    if (list.substr(open, close + 1 - open) == opaque(etag) && !(weak && compare == Compare::strong))
      return true;
    list.remove_prefix(close + 1);
  }
  return false;
}

void apply_conditions(const Request& request, Response& response) {
  if (response.status != 200 || (request.method != Method::get && request.method != Method::head)) return;
  if (response.body.events()) return;
  switch (judge(request, response.headers)) {
    case Verdict::failed:
      response = problem(412, "it has changed");
      return;
    case Verdict::not_modified:
      become_not_modified(response);
      return;
    case Verdict::proceed:
      break;
  }
  media::SliceList* slices = response.body.slices();
  if (!slices) return;
  response.headers.set("Accept-Ranges", "bytes");
  const auto range = request.headers.find("Range");
  if (!range || !range_still_wanted(request, response.headers)) return;
  const std::uint64_t size = slices->size();
  const auto choice = choose_range(*range, size);
  if (choice.kind == RangeKind::unsatisfiable) {
    become_unsatisfiable(response, size);
  } else if (choice.kind == RangeKind::partial) {
    const auto [first, length] = choice.span;
    response.status = 206;
    response.headers.set("Content-Range", fmt::format("bytes {}-{}/{}", first, first + length - 1, size));
    *slices = slices->sub(first, length);
  }
}

}  // namespace longtake::http
