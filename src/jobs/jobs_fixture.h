#pragma once
// For tests: a database of its own with one organization, and a clock that passes when told.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "jobs/queue.h"
#include "storage/sql/database.h"

namespace longtake::jobs {

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return wall_from_us(1'795'000'000'000'000 + passed_.load()); }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{} + Micros{passed_.load()};
  }
  void pass(Micros d) { passed_ += d.count(); }

 private:
  std::atomic<std::int64_t> passed_ = 0;
};

class JobsTest : public ::testing::Test {
 protected:
  JobsTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("longtake-jobs-{}-{}", ::getpid(), reinterpret_cast<std::uintptr_t>(this))) {
    std::filesystem::create_directories(folder_);
    database_ = std::move(*storage::sql::Database::open({.path = (folder_ / "test.db").string()}, clock_));
    const auto made = database_->write([](storage::sql::Session& s) {
      return s.insert(
          "insert into organizations (slug, name, kind, time_zone, created_us) "
          "values ('news', 'News', 'desk', 'UTC', 0) returning id");
    });
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().story());
    organization_ = OrganizationId{made.value()};
  }
  ~JobsTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  JobId enqueue(Queue& queue, std::string kind, std::optional<WallTime> run_after = {}) {
    const auto id = database_->write([&](storage::sql::Session& s) {
      return queue.enqueue(s, {.organization = organization_,
                               .kind = std::move(kind),
                               .thing = "thing/1",
                               .run_after = run_after});
    });
    EXPECT_TRUE(id.ok());
    queue.wake();
    return id.value();
  }
  Job get(const Queue& queue, JobId id) { return queue.get(organization_, id).value(); }

  std::filesystem::path folder_;
  FakeClock clock_;
  std::unique_ptr<storage::sql::Database> database_;
  OrganizationId organization_;
};

}  // namespace longtake::jobs
