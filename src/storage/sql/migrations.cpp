#include "storage/sql/migrations.h"

#include <sodium.h>

#include <array>
#include <string>

namespace longtake::storage::sql {
namespace {

constexpr std::string_view create_table = R"(
create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_us integer not null
) strict)";

std::string checksum(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string hex;
  for (const auto byte : hash)
    hex += fmt::format("{:02x}", byte);
  return hex;
}

/// Statements of a step. A `;` that ends no line (in a literal) does not end a statement.
std::vector<std::string> split(std::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  while (!sql.empty()) {
    const auto end = std::min(sql.find('\n'), sql.size());
    const auto line = sql.substr(0, end);
    sql.remove_prefix(std::min(end + 1, sql.size()));
    if (line.empty() || line.starts_with("--")) continue;
    statement.append(line).append("\n");
    if (!line.ends_with(';')) continue;
    statements.push_back(std::move(statement));
    statement.clear();
  }
  return statements;
}

struct Applied {
  std::int64_t version;
  std::string name;
  std::string checksum;
};

}  // namespace

Status Migrator::apply(Session& session, std::span<const Migration> steps, WallTime now) {
  LT_CHECK(session.run_once(std::string{create_table}));
  LT_TRY(const auto applied,
         session.query("select version, name, checksum from schema_migrations order by version",
                       [](std::int64_t version, std::string name, std::string sum) {
                         return Applied{version, std::move(name), std::move(sum)};
                       }));
  if (applied.size() > steps.size())
    return make_error(Code::conflict,
                      "the database is of a newer version (step {} {}): start that version of longtake, or "
                      "restore a backup made before it",
                      applied.back().version, applied.back().name);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    if (i < applied.size()) {
      if (applied[i].version != step.version || applied[i].checksum != checksum(step.sql))
        return make_error(Code::conflict, "step {} {} of the database differs from this program's",
                          applied[i].version, applied[i].name);
      continue;
    }
    for (const auto& statement : split(step.sql))
      LT_CHECK(session.run_once(statement), "applying step {} {}", step.version, step.name);
    LT_CHECK(session.execute(
        "insert into schema_migrations (version, name, checksum, applied_us) values (?, ?, ?, ?)",
        step.version, step.name, checksum(step.sql), now));
  }
  return {};
}

}  // namespace longtake::storage::sql
