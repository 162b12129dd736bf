#include "wall_survey.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

namespace longtake::bench {
namespace {

using namespace std::chrono_literals;

struct Fetched {
  WallTime covered;
  std::string body;
};

class Fetcher {
 public:
  explicit Fetcher(const Seat& seat) : seat_(seat), stream_(seat.server) {}

  Fetched get(const std::string& target) {
    stream_ << request_text(seat_, "GET", target) << std::flush;
    std::string line, covered;
    std::size_t length = 0;
    std::getline(stream_, line);
    if (!line.starts_with("HTTP/1.1 200")) fail(fmt::format("{} is answered with '{}'", target, line));
    while (std::getline(stream_, line) && line.size() > 1) {
      line.pop_back();
      constexpr std::string_view size = "Content-Length: ", reach = "Longtake-Covered-To: ";
      if (line.starts_with(size))
        std::from_chars(line.data() + size.size(), line.data() + line.size(), length);
      if (line.starts_with(reach)) covered = line.substr(reach.size());
    }
    Fetched out{.covered = {}, .body = std::string(length, '\0')};
    if (!stream_.read(out.body.data(), static_cast<std::streamsize>(length)))
      fail(target + " does not come whole");
    const auto parsed = parse_rfc3339(covered);
    if (!parsed.ok()) fail(target + " does not say what it covers");
    out.covered = *parsed;
    return out;
  }

 private:
  const Seat& seat_;
  Tcp::iostream stream_;
};

void survey_stream(Fetcher& fetcher, const Survey& wanted, StreamKind kind, const std::string& channel,
                   WallPlan& plan) {
  const auto end = wanted.range.from + std::min<Micros>(wanted.range.length(), wanted.each * kind.speed);
  const auto base = std::chrono::floor<std::chrono::seconds>(wanted.range.from - 12h);
  AskPlanner planner{kind, wanted.range.from};
  for (int n = 0;; ++n) {
    auto ask = planner.next();
    if (ask.to > end) break;
    ask.target = media_target(kind, channel, ask, base, n == 0);
    const auto got = fetcher.get(ask.target);
    if (got.covered <= ask.from) fail(ask.target + " covers nothing: is the channel recorded there?");
    planner.answered(got.covered, got.body.size());
    ask.covered = got.covered;
    ask.bytes = got.body.size();
    ask.file = fmt::format("/{}{}-{}-{}.mp4", kind.speed, kind.track, channel, n);
    std::ofstream out{wanted.folder / ask.file.substr(1), std::ios::binary};
    if (!(out << got.body).flush()) fail("cannot write " + ask.file);
    plan.add(kind, channel, std::move(ask));
  }
}

}  // namespace

WallPlan survey(const Survey& wanted) {
  WallPlan plan;
  Fetcher fetcher{wanted.seat};
  for (const auto& channel : wanted.channels)
    for (const int speed : wanted.speeds) {
      survey_stream(fetcher, wanted, {.speed = speed, .track = 'v'}, channel, plan);
      if (speed <= fastest_with_sound)
        survey_stream(fetcher, wanted, {.speed = speed, .track = 'a'}, channel, plan);
    }
  return plan;
}

}  // namespace longtake::bench
