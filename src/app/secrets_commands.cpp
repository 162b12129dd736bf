#include <boost/json/serialize.hpp>

#include "access/audit.h"
#include "app/catalogue.h"
#include "app/commands.h"
#include "archive/maintenance.h"
#include "storage/secret_box.h"
#include "storage/sql/dialect.h"

namespace longtake::app {
namespace {

using storage::SecretBox;
using storage::sql::Session;

struct SealedText {
  std::int64_t row = 0;
  std::string text;
};

/// Every secret of a column; columns of secrets end in _sealed, and no other does.
Result<std::vector<SealedText>> sealed_texts(Session& session, const storage::sql::Column& column) {
  return session.query(
      fmt::format(R"(select rowid, "{0}" from "{1}" where "{0}" <> '')", column.name, column.table),
      [](std::int64_t row, std::string text) {
        return SealedText{row, std::move(text)};
      });
}

Result<std::int64_t> seal_anew(Session& session, const SecretBox& box) {
  std::int64_t count = 0;
  LT_TRY(const auto columns, storage::sql::columns_ending(session, "_sealed"));
  for (const auto& column : columns) {
    const auto update = fmt::format(R"(update "{}" set "{}" = ? where rowid = ?)", column.table, column.name);
    LT_TRY(const auto texts, sealed_texts(session, column));
    for (const auto& sealed : texts) {
      LT_TRY(const auto secret, box.unseal(sealed.text), "opening {} of row {} of {}", column.name,
             sealed.row, column.table);
      LT_CHECK(session.execute(update, box.seal(secret), sealed.row));
      ++count;
    }
  }
  return count;
}

/// The old key may go only when nothing needs it.
Status check_sealed(Session& session, const SecretBox& box) {
  LT_TRY(const auto columns, storage::sql::columns_ending(session, "_sealed"));
  for (const auto& column : columns) {
    LT_TRY(const auto texts, sealed_texts(session, column));
    for (const auto& sealed : texts)
      if (!box.is_current(sealed.text))
        return make_error(Code::conflict,
                          "something sealed a secret meanwhile: run `longtake secrets rotate` again");
  }
  return {};
}

Result<std::int64_t> rotate(const CommandContext& context) {
  const auto& key_file = context.config.key_file();
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto lock, archive::lock_archive(context.config.archive));
  LT_TRY(const auto box, SecretBox::begin_rotation(key_file));
  auto& database = catalogue->database();
  LT_TRY(const auto count, database.write([&](Session& session) -> Result<std::int64_t> {
    LT_TRY(const auto sealed, seal_anew(session, box));
    LT_CHECK(access::Audit::append(session, context.clock.now(),
                                   {.kind = access::ActorKind::command, .action = "secrets.rotate"}));
    return sealed;
  }));
  LT_CHECK(database.read([&](Session& session) { return check_sealed(session, box); }));
  LT_CHECK(SecretBox::end_rotation(key_file));
  return count;
}

}  // namespace

int secrets_rotate(const CommandContext& context) {
  const auto count = rotate(context);
  if (!count) return fail(count.error());
  if (context.json)
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"sealed", *count}}));
  else
    fmt::print("sealed {} secrets anew; back up {} now\n", *count, context.config.key_file());
  return 0;
}

}  // namespace longtake::app
