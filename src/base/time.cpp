#include "base/time.h"

#include <fmt/chrono.h>

namespace longtake {
namespace {

/// Reads exactly `digits` decimal digits at `pos` and moves past them; -1 when they are not there.
int read_digits(std::string_view text, std::size_t& pos, int digits) {
  int value = 0;
  for (int i = 0; i < digits; ++i, ++pos) {
    if (pos >= text.size() || text[pos] < '0' || text[pos] > '9') return -1;
    value = value * 10 + (text[pos] - '0');
  }
  return value;
}

bool read_char(std::string_view text, std::size_t& pos, std::string_view any_of) {
  if (pos >= text.size() || any_of.find(text[pos]) == std::string_view::npos) return false;
  ++pos;
  return true;
}

/// ".040" as microseconds; digits past the sixth are truncated. -1 when no digit follows the point.
std::int64_t read_fraction(std::string_view text, std::size_t& pos) {
  std::int64_t us = 0;
  int count = 0;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos, ++count)
    if (count < 6) us = us * 10 + (text[pos] - '0');
  if (count == 0) return -1;
  for (int i = count; i < 6; ++i)
    us *= 10;
  return us;
}

/// "Z" or "+02:00"; false when neither.
bool read_offset(std::string_view text, std::size_t& pos, std::chrono::minutes& offset) {
  if (read_char(text, pos, "Zz")) return true;
  if (pos >= text.size()) return false;
  const char sign = text[pos];
  if (!read_char(text, pos, "+-")) return false;
  const int hours = read_digits(text, pos, 2);
  if (hours < 0 || hours > 23 || !read_char(text, pos, ":")) return false;
  const int minutes = read_digits(text, pos, 2);
  if (minutes < 0 || minutes > 59) return false;
  offset = std::chrono::minutes{(sign == '-' ? -1 : 1) * (hours * 60 + minutes)};
  return true;
}

}  // namespace

std::string format_rfc3339(WallTime t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss time{t - day};
  const auto us = time.subseconds().count();
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count());
  if (us % 1000 != 0)
    out += fmt::format(".{:06}", us);
  else if (us != 0)
    out += fmt::format(".{:03}", us / 1000);
  return out + "Z";
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto bad = [&] {
    return make_error(Code::invalid, "'{}' is not an RFC 3339 instant such as 2026-11-21T10:31:02Z",
                      text.substr(0, 40));
  };
  std::size_t pos = 0;
  const int y = read_digits(text, pos, 4);
  if (y < 0 || !read_char(text, pos, "-")) return bad();
  const int mon = read_digits(text, pos, 2);
  if (mon < 0 || !read_char(text, pos, "-")) return bad();
  const int d = read_digits(text, pos, 2);
  if (d < 0 || !read_char(text, pos, "Tt ")) return bad();
  const int h = read_digits(text, pos, 2);
  if (h < 0 || h > 23 || !read_char(text, pos, ":")) return bad();
  const int min = read_digits(text, pos, 2);
  if (min < 0 || min > 59 || !read_char(text, pos, ":")) return bad();
  const int s = read_digits(text, pos, 2);
  if (s < 0 || s > 60) return bad();  // RFC 3339 section 5.6 allows the leap second
  std::int64_t us = 0;
  if (read_char(text, pos, ".") && (us = read_fraction(text, pos)) < 0) return bad();
  minutes offset{0};
  if (!read_offset(text, pos, offset) || pos != text.size()) return bad();
  const year_month_day date{year{y}, month{unsigned(mon)}, day{unsigned(d)}};
  if (!date.ok()) return bad();
  return WallTime{sys_days{date}} + hours{h} + minutes{min} + seconds{s} + Micros{us} - offset;
}

WallTime SystemClock::now() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

}  // namespace longtake
