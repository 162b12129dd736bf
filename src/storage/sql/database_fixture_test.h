#pragma once
// A database of its own for each test, with a table that holds a value of every type.

#include "storage/sql/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

namespace longtake::storage::sql {

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() {
    auto text = (std::filesystem::temp_directory_path() / "longtake-sql-XXXXXX").string();
    folder_ = ::mkdtemp(text.data());
  }
  ~DatabaseTest() override { std::filesystem::remove_all(folder_); }

  Options options() const {
    return {.path = (folder_ / "with space.db").string(), .busy_timeout = std::chrono::milliseconds{100}};
  }
  std::unique_ptr<Database> open() {
    auto database = Database::open(options(), clock_);
    EXPECT_TRUE(database.ok()) << (database.ok() ? "" : database.error().story());
    return std::move(database).value();
  }
  static Status make_table(Database& database) {
    return database.write([](Session& s) -> Status {
      LT_CHECK(
          s.execute("create table t (id integer primary key autoincrement, n integer, x real, "
                    "s text unique, p integer references t (id)) strict"));
      return {};
    });
  }

  std::filesystem::path folder_;
  SystemClock clock_;
};

}  // namespace longtake::storage::sql
