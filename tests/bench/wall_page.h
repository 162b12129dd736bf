#pragma once
// One person's open wall.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "wall_load.h"

namespace longtake::bench {

using Steady = std::chrono::steady_clock;

/// What all pages count together while `counts`.
struct Tally {
  bool counts = false;
  LoadFigures figures;
  std::vector<double> answer_ms;
};

class Page {
 public:
  Page(boost::asio::io_context& context, const Load& load, const WallPlan& plan, int number, Tally& tally);

  void open();
  /// Called on every animation frame.
  void tick(Steady::time_point now);
  std::uint64_t events() const { return events_.events(); }
  bool lost_events() const { return events_.broken(); }

 private:
  struct Stream {
    StreamKind kind;
    std::string channel;
    const std::vector<Ask>* asks = nullptr;
    std::size_t next = 0;
    bool asked = false;  ///< waits or is under way
  };
  struct Wish {
    Stream* stream;
    const Ask* ask;
    Steady::time_point wished;
  };

  WallTime position(Steady::time_point now);
  void want(Stream& stream, Steady::time_point now, WallTime at);
  void pump(WallTime at);
  void send(Link& link, const Wish& wish, WallTime at);
  void ask_api(std::string text);
  void pump_api();
  void do_the_rest(Steady::time_point now, WallTime at);
  void report(Steady::time_point now, WallTime at);
  void ask_timeline(const Stream& tile);
  void ask_coverage(const std::string& channel, Steady::time_point now);
  void hear(std::string_view event, std::string_view data);

  const Load& load_;
  Tally& tally_;
  Seat seat_;
  std::vector<Stream> streams_;
  WallTime begin_, end_;
  Steady::time_point started_;  ///< when the wall was at `begin_`
  std::vector<Wish> wishes_;
  std::vector<std::unique_ptr<Link>> links_;
  Link api_;
  EventLink events_;
  std::vector<std::string> api_waiting_;
  Steady::time_point next_report_, next_timelines_;
  WallTime reported_;
  std::chrono::system_clock::time_point reported_at_;
  std::set<std::string> coverage_news_;
  std::map<std::string, Steady::time_point> coverage_asked_;
  std::uint64_t reports_ = 0;
  int number_;
};

}  // namespace longtake::bench
