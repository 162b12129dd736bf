#pragma once
// What the streams of a wall ask for while it plays forward, one request after another, as
// web/src/player/{stream,buffer-plan,tile,sound}.ts decide it; and where a survey keeps the answers, so that
// a server of plain files can be asked for the same bytes.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"

namespace longtake::bench {

/// One tile's picture, or the sound of the wall.
struct StreamKind {
  int speed = 1;
  char track = 'v';

  bool keyframes() const { return track == 'v' && speed > 4; }
  /// By how much the server compresses time, so that the browser plays at most at 8x.
  int compression() const { return track == 'v' ? std::max(1, (speed + 7) / 8) : 1; }
  /// The focused tile's budget is larger; at these rates neither is the bound.
  double budget_bytes() const { return track == 'v' ? 8e6 : 4e6; }
  Micros gop() const { return std::chrono::seconds{track == 'v' ? 2 : 1}; }
};
/// Sound is off beyond.
constexpr int fastest_with_sound = 4;

struct Ask {
  WallTime from, to;
  WallTime covered;  ///< what the answer reaches to
  WallTime due;      ///< where the wall is when it is sent
  std::uint64_t bytes = 0;
  std::string target;  ///< at our server
  std::string file;    ///< the same answer as a plain file
};

/// Decides the next request from how far the answers reach.
class AskPlanner {
 public:
  AskPlanner(StreamKind kind, WallTime begin) : kind_(kind), at_(begin), covered_(begin) {}

  Ask next();
  void answered(WallTime covered, std::uint64_t bytes);

 private:
  Micros ahead() const;

  StreamKind kind_;
  WallTime at_, covered_;
  double bytes_per_second_ = 0;  ///< unknown until something came
};

/// The address of it; times are relative to `base`.
std::string media_target(StreamKind kind, const std::string& channel, const Ask& ask, WallTime base,
                         bool init);

class WallPlan {
 public:
  using Key = std::tuple<int, char, std::string>;  // speed, track, channel

  void add(StreamKind kind, const std::string& channel, Ask ask);
  const std::vector<Ask>& asks(StreamKind kind, const std::string& channel) const;
  std::vector<std::string> channels() const;

  void save(const std::filesystem::path& file) const;
  /// Ends the program where there is none.
  static WallPlan load(const std::filesystem::path& file);

 private:
  std::map<Key, std::vector<Ask>> asks_;
};

[[noreturn]] void fail(const std::string& text);

}  // namespace longtake::bench
