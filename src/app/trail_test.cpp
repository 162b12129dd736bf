#include <gmock/gmock.h>

#include <sstream>

#include "api/trail.h"
#include "app/commands.h"

namespace longtake::app {
namespace {

struct Operation {
  http::Method method;
  std::string route;
};

/// The operations of the contract that change something: two columns in are paths, four are methods.
std::vector<Operation> writes() {
  std::vector<Operation> out;
  std::istringstream text{std::string{openapi_text()}};
  std::string line, path;
  bool in_paths = false;
  while (std::getline(text, line)) {
    if (!line.empty() && line[0] != ' ') in_paths = line == "paths:";
    if (!in_paths || !line.ends_with(':')) continue;
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const auto& [name, method] : {std::pair{"    post:", http::Method::post},
                                       {"    put:", http::Method::put},
                                       {"    patch:", http::Method::patch},
                                       {"    delete:", http::Method::delete_}})
      if (line == name) out.push_back({method, path});
  }
  return out;
}

/// Their handlers note who it was, of those not signed in yet, or what a link opens; and a report of what was
/// watched is a record itself, beside "footage.view".
bool notes_itself(const Operation& operation) {
  for (const auto* route :
       {"/session", "/password-resets", "/password-resets/{token}", "/invitations/{token}", "/shared/{token}",
        "/channels/{channelId}/links", "/clips", "/clips/{clipId}/links", "/coverage"})
    if (operation.route == route) return true;
  return false;
}

TEST(Trail, EveryWriteOfTheContractIsRecorded) {
  const auto all = writes();
  ASSERT_GT(all.size(), 30u);
  for (const auto& operation : all)
    EXPECT_TRUE(notes_itself(operation) ||
                api::find_trail_row(operation.method, "/api/v1" + operation.route) != nullptr)
        << http::to_string(operation.method) << ' ' << operation.route
        << " has no row in src/api/trail_table.cpp";
}

TEST(Trail, EveryRowIsAnOperation) {
  const auto contract = std::string{openapi_text()};
  for (const auto& row : api::trail_table()) {
    EXPECT_THAT(contract, testing::HasSubstr(fmt::format("\n  {}:\n", row.route)));
    EXPECT_NE(row.action.find('.'), row.action.npos) << row.action;
  }
}

}  // namespace
}  // namespace longtake::app
