#include "wall_page.h"

#include <fmt/format.h>

#include <algorithm>

namespace longtake::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t media_links = 4;
constexpr auto every = 10s;  // reports, timelines, coverage of a channel

template <class T>
WallTime wall_of(T t) {
  return std::chrono::time_point_cast<Micros>(t);
}

}  // namespace

Page::Page(boost::asio::io_context& context, const Load& load, const WallPlan& plan, int number, Tally& tally)
    : load_(load),
      tally_(tally),
      seat_{.server = load.server,
            // Each sits at a machine of their own.
            .own = boost::asio::ip::make_address_v4(0x7F010101u + static_cast<unsigned>(number)),
            .cookie = load.cookies.empty() ? "" : load.cookies[static_cast<std::size_t>(number)]},
      api_(context, seat_),
      events_(context, seat_, [this](std::string_view event, std::string_view data) { hear(event, data); }),
      number_(number) {
  const auto channels = plan.channels();
  const auto of_tile = [&](int tile) {
    return channels[static_cast<std::size_t>(number + tile) % channels.size()];
  };
  const auto add = [&](StreamKind kind, const std::string& channel) {
    streams_.push_back({.kind = kind, .channel = channel, .asks = &plan.asks(kind, channel)});
  };
  for (int i = 0; i < load.tiles; ++i)
    add({.speed = load.speed, .track = 'v'}, of_tile(i));
  if (load.speed <= fastest_with_sound) add({.speed = load.speed, .track = 'a'}, of_tile(0));
  begin_ = streams_.front().asks->front().from;
  end_ = streams_.front().asks->back().covered;
  for (const auto& stream : streams_) {
    begin_ = std::max(begin_, stream.asks->front().from);
    end_ = std::min(end_, stream.asks->back().covered);
  }
  for (std::size_t i = 0; i < media_links; ++i)
    links_.push_back(std::make_unique<Link>(context, seat_));
}

void Page::open() {
  const auto now = Steady::now();
  const double share = static_cast<double>(number_) / load_.editors;
  const auto part = [share](auto whole) {
    return Micros{static_cast<std::int64_t>(static_cast<double>(Micros{whole}.count()) * share)};
  };
  // Everybody is somewhere else in the footage, and has been playing for a while.
  const auto played = static_cast<double>(part(end_ - begin_).count()) / (load_.speed * load_.pace);
  started_ = now - Micros{static_cast<std::int64_t>(played)};
  next_report_ = now + every;
  next_timelines_ = now + part(every);
  const auto at = position(now);
  for (auto& stream : streams_)
    while (stream.next < stream.asks->size() && (*stream.asks)[stream.next].due <= at)
      ++stream.next;
  reported_ = at;
  reported_at_ = std::chrono::system_clock::now();
  if (load_.whole_page) events_.open();
}

/// Having come to the end, it begins again, as after a seek.
WallTime Page::position(Steady::time_point now) {
  const auto played =
      std::chrono::duration<double, std::micro>(now - started_).count() * load_.speed * load_.pace;
  const auto at = begin_ + Micros{static_cast<std::int64_t>(played)};
  if (at < end_) return at;
  started_ = now;
  reported_ = begin_;
  reported_at_ = std::chrono::system_clock::now();
  for (auto& stream : streams_)
    stream.next = 0;
  return begin_;
}

void Page::tick(Steady::time_point now) {
  const auto at = position(now);
  for (auto& stream : streams_)
    want(stream, now, at);
  pump(at);
  if (load_.whole_page) do_the_rest(now, at);
}

void Page::want(Stream& stream, Steady::time_point now, WallTime at) {
  if (stream.asked || stream.next == stream.asks->size()) return;
  const auto& ask = (*stream.asks)[stream.next];
  if (ask.due > at) return;
  ++stream.next;
  stream.asked = true;
  wishes_.push_back({.stream = &stream, .ask = &ask, .wished = now});
}

void Page::pump(WallTime at) {
  for (auto& link : links_) {
    if (wishes_.empty()) return;
    if (link->busy()) continue;
    const auto first = std::min_element(wishes_.begin(), wishes_.end(), [](const Wish& a, const Wish& b) {
      return a.ask->from < b.ask->from;
    });
    const auto wish = *first;
    wishes_.erase(first);
    send(*link, wish, at);
  }
}

void Page::send(Link& link, const Wish& wish, WallTime at) {
  const bool late = at > wish.ask->from;
  const auto& target = seat_.cookie.empty() ? wish.ask->file : wish.ask->target;
  link.ask(request_text(seat_, "GET", target), [this, wish, late](Answer answer) {
    wish.stream->asked = false;
    if (!tally_.counts) return;
    auto& figures = tally_.figures;
    ++figures.requests;
    figures.bytes += answer.bytes;
    figures.late += late;
    if (answer.status != 200 || answer.bytes != wish.ask->bytes) ++figures.failed;
    if (wish.stream->kind.track == 'v')
      figures.tile_minutes +=
          std::chrono::duration<double>(wish.ask->covered - wish.ask->from).count() / 60 / load_.speed;
    tally_.answer_ms.push_back(
        std::chrono::duration<double, std::milli>(Steady::now() - wish.wished).count());
  });
}

void Page::do_the_rest(Steady::time_point now, WallTime at) {
  if (now >= next_report_) {
    next_report_ += every;
    report(now, at);
  }
  if (now >= next_timelines_) {
    next_timelines_ += every;
    for (const auto& stream : streams_)
      if (stream.kind.track == 'v') ask_timeline(stream);
  }
  for (auto it = coverage_news_.begin(); it != coverage_news_.end();) {
    const auto known = coverage_asked_.find(*it);
    const bool due = known == coverage_asked_.end() || now >= known->second + every;
    if (due) ask_coverage(*it, now);
    it = due ? coverage_news_.erase(it) : std::next(it);
  }
}

void Page::report(Steady::time_point, WallTime at) {
  const auto shown_at = std::chrono::system_clock::now();
  std::string items;
  for (const auto& stream : streams_) {
    if (stream.kind.track != 'v' || at <= reported_) continue;
    if (!items.empty()) items += ',';
    items += fmt::format(
        R"({{"channelId":"{}","from":"{}","to":"{}","shownFrom":"{}","shownTo":"{}","speed":{},"mode":"{}"}})",
        stream.channel, format_rfc3339(reported_), format_rfc3339(at), format_rfc3339(wall_of(reported_at_)),
        format_rfc3339(wall_of(shown_at)), load_.speed, stream.kind.keyframes() ? "key" : "all");
  }
  reported_ = at;
  reported_at_ = shown_at;
  if (items.empty()) return;
  const auto extra =
      fmt::format("Content-Type: application/json\r\nOrigin: http://{}:{}\r\nIdempotency-Key: {}-{}-{}\r\n",
                  seat_.server.address().to_string(), seat_.server.port(), number_, ++reports_,
                  shown_at.time_since_epoch().count());
  ask_api(request_text(seat_, "POST", "/api/v1/coverage", extra, fmt::format("{{\"reports\":[{}]}}", items)));
}

void Page::ask_timeline(const Stream& tile) {
  ask_api(request_text(seat_, "GET",
                       fmt::format("/api/v1/channels/{}/timeline?from={}&to=live", tile.channel,
                                   format_rfc3339(begin_ - 1s))));
}

void Page::ask_coverage(const std::string& channel, Steady::time_point now) {
  coverage_asked_[channel] = now;
  const auto day = std::chrono::floor<std::chrono::days>(begin_);
  ask_api(request_text(seat_, "GET",
                       fmt::format("/api/v1/coverage?channelId={}&from={}&to={}", channel,
                                   format_rfc3339(day), format_rfc3339(day + 24h))));
}

/// The one connection that media and events leave.
void Page::ask_api(std::string text) {
  api_waiting_.push_back(std::move(text));
  pump_api();
}

void Page::pump_api() {
  if (api_.busy() || api_waiting_.empty()) return;
  auto text = std::move(api_waiting_.front());
  api_waiting_.erase(api_waiting_.begin());
  api_.ask(std::move(text), [this](Answer answer) {
    if (tally_.counts) {
      ++tally_.figures.other_requests;
      if (answer.status != 200 && answer.status != 204) ++tally_.figures.failed;
    }
    pump_api();
  });
}

void Page::hear(std::string_view event, std::string_view data) {
  if (event != "coverage") return;
  constexpr std::string_view name = R"({"channelId":")";
  if (!data.starts_with(name)) return;
  const auto id = data.substr(name.size(), data.find('"', name.size()) - name.size());
  if (std::any_of(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.channel == id; }))
    coverage_news_.emplace(id);
}

}  // namespace longtake::bench
