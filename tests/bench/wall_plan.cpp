#include "wall_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

namespace longtake::bench {
namespace {

using namespace std::chrono_literals;

constexpr Micros ahead_viewing = 4s;
constexpr double share_ahead = 0.7;
constexpr double fast_from = 4;    // beyond it batches are longer
constexpr Micros tick = 16'667us;  // of the page

Micros times(Micros duration, double factor) {
  return Micros{static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace

void fail(const std::string& text) {
  std::fprintf(stderr, "wall_bench: %s\n", text.c_str());
  std::exit(1);
}

Micros AskPlanner::ahead() const {
  auto reach = times(ahead_viewing, kind_.speed);
  if (bytes_per_second_ > 0)
    reach = std::min(reach, times(1s, kind_.budget_bytes() / bytes_per_second_ * share_ahead));
  return std::max(reach, 2 * kind_.gop());
}

Ask AskPlanner::next() {
  const auto reach = ahead();
  const bool fast = kind_.speed > fast_from;
  const auto calm = times(reach, fast ? 0.5 : 0.75);
  // Nothing is asked until a good part of the reach is used up; that is seen at the next tick.
  if (covered_ - at_ >= calm) at_ = covered_ - calm + tick * kind_.speed;
  const auto held = covered_ - at_;
  const auto first = std::min(reach, std::max<Micros>(kind_.gop(), 1s * kind_.speed));
  const auto length = held <= 0us ? first : times(reach, fast ? 1.5 : 1.25) - held;
  return {.from = covered_, .to = covered_ + length, .covered = {}, .due = at_, .target = {}, .file = {}};
}

void AskPlanner::answered(WallTime covered, std::uint64_t bytes) {
  const auto length = std::chrono::duration<double>(covered - covered_).count();
  const auto pace = static_cast<double>(bytes) / length;
  bytes_per_second_ = bytes_per_second_ > 0 ? bytes_per_second_ * 0.7 + pace * 0.3 : pace;
  covered_ = covered;
}

std::string media_target(StreamKind kind, const std::string& channel, const Ask& ask, WallTime base,
                         bool init) {
  const auto escaped = [](WallTime t) {
    std::string out;
    for (const char c : format_rfc3339(t))
      out += c == ':' ? "%3A" : std::string{c};
    return out;
  };
  auto target = fmt::format("/api/v1/channels/{}/media.mp4?from={}&to={}&base={}&tracks={}", channel,
                            escaped(ask.from), escaped(ask.to), escaped(base), kind.track);
  if (kind.keyframes()) target += "&frames=key";
  if (kind.compression() > 1) target += fmt::format("&speed={}", kind.compression());
  return target + (init ? "&init=1" : "&init=0");
}

void WallPlan::add(StreamKind kind, const std::string& channel, Ask ask) {
  asks_[{kind.speed, kind.track, channel}].push_back(std::move(ask));
}

const std::vector<Ask>& WallPlan::asks(StreamKind kind, const std::string& channel) const {
  const auto found = asks_.find({kind.speed, kind.track, channel});
  if (found == asks_.end())
    fail(fmt::format("nothing was surveyed of channel {} at {}x", channel, kind.speed));
  return found->second;
}

std::vector<std::string> WallPlan::channels() const {
  std::set<std::string> out;
  for (const auto& [key, asks] : asks_)
    out.insert(std::get<2>(key));
  return {out.begin(), out.end()};
}

void WallPlan::save(const std::filesystem::path& file) const {
  std::ofstream out{file};
  for (const auto& [key, asks] : asks_)
    for (const auto& ask : asks)
      out << std::get<0>(key) << ' ' << std::get<1>(key) << ' ' << std::get<2>(key) << ' ' << to_us(ask.from)
          << ' ' << to_us(ask.to) << ' ' << to_us(ask.covered) << ' ' << to_us(ask.due) << ' ' << ask.bytes
          << ' ' << ask.target << ' ' << ask.file << '\n';
  if (!out.flush()) fail("cannot write " + file.native());
}

WallPlan WallPlan::load(const std::filesystem::path& file) {
  WallPlan plan;
  std::ifstream in{file};
  StreamKind kind;
  std::string channel;
  std::int64_t from = 0, to = 0, covered = 0, due = 0;
  Ask ask;
  while (in >> kind.speed >> kind.track >> channel >> from >> to >> covered >> due >> ask.bytes >>
         ask.target >> ask.file) {
    ask.from = wall_from_us(from);
    ask.to = wall_from_us(to);
    ask.covered = wall_from_us(covered);
    ask.due = wall_from_us(due);
    plan.add(kind, channel, ask);
  }
  if (plan.asks_.empty()) fail(file.native() + " holds no plan: make one with `wall_bench survey`");
  return plan;
}

}  // namespace longtake::bench
