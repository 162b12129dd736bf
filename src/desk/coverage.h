#pragma once
// Who has reviewed what: one table of facts, `viewing_facts`, out of which everything else is computed on
// reading. Any thread; writes wait for the database's writer.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "desk/viewing.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::desk {

/// What is recorded of a channel inside of a range; ordered and disjoint.
using Recorded = std::function<Result<Ranges>(ChannelId, WallRange)>;

struct CoverageOptions {
  /// Facts are kept this long after they were seen.
  std::chrono::hours keep{std::chrono::days{400}};
  bool operator==(const CoverageOptions&) const = default;
};

class Coverage {
 public:
  struct Viewer {
    OrganizationId organization;
    UserId user;
  };
  /// A shorter rest is rounding between pictures: nobody is sent there.
  static constexpr std::chrono::seconds worth_a_look{1};
  /// Whoever asks from the distant past asks again from there.
  static constexpr std::chrono::hours looks_ahead{std::chrono::days{31}};
  /// Who stopped longer ago begins anew.
  static constexpr std::chrono::hours stops_within{24};

  Coverage(storage::sql::Database& database, Recorded recorded, const Clock& clock, CoverageOptions options)
      : database_(database), recorded_(std::move(recorded)), clock_(clock), options_(options) {}

  /// Keeps what was recorded of it; a report that is repeated changes nothing. The reports are beyond
  /// `doubt`. not_found: a channel that is not one of the organization; nothing is kept then. Gives the
  /// channels of which something new was seen.
  Result<std::vector<ChannelId>> report(const Viewer& viewer, const std::vector<Viewing>& reports);

  struct Reviewed {
    UserId user;
    std::string name;  ///< empty when the person was erased
    Ranges ranges;
  };
  /// Of every person, what they have seen of the channel in the range.
  Result<std::vector<Reviewed>> of_channel(OrganizationId organization, ChannelId channel,
                                           WallRange range) const;

  /// The first recorded footage from `at` on that nobody has seen, or of a person: that they have not;
  /// within `looks_ahead`.
  struct Question {
    ChannelId channel;
    WallTime at;
    UserId by;  ///< zero: anybody
  };
  Result<std::optional<WallRange>> uncovered(OrganizationId organization, const Question& question) const;

  struct Total {
    UserId user;
    std::string name;
    Micros reviewed{0};  ///< footage of all channels together, each moment of a channel once
    Micros shown{0};     ///< time that tiles spent on it: nine tiles for a minute are nine minutes
  };
  /// Of what was shown in the range. `only`: of one person; zero: of everybody.
  Result<std::vector<Total>> totals(OrganizationId organization, WallRange shown, UserId only) const;

  /// What a person has watched, by day (of UTC) and channel; wherever they did. For themselves.
  struct Day {
    WallTime day;
    ChannelId channel;
    Micros reviewed{0}, shown{0};
  };
  Result<std::vector<Day>> days(UserId user) const;

  /// Where a person stopped (`find_stop`), on each channel of which they played something.
  struct Position {
    ChannelId channel;
    WallTime at, shown;
  };
  Result<std::vector<Position>> positions(const Viewer& viewer) const;

  /// Forgets facts that are kept no longer; gives how many.
  Result<std::int64_t> expire();

  std::chrono::hours keep() const { return options_.keep; }

 private:
  storage::sql::Database& database_;
  const Recorded recorded_;
  const Clock& clock_;
  const CoverageOptions options_;
};

}  // namespace longtake::desk
