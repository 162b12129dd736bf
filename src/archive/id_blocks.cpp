#include "archive/id_blocks.h"

#include "archive/rows.h"

namespace longtake::archive {
namespace {

constexpr std::int64_t block_size = 4096;

}  // namespace

Result<std::unique_ptr<IdBlocks>> IdBlocks::open(storage::sql::Database& database) {
  auto ids = std::make_unique<IdBlocks>();
  auto reserved = database.write([&](storage::sql::Session& session) -> Status {
    for (auto* block : {&ids->runs_, &ids->segments_, &ids->gaps_}) {
      LT_TRY(block->next, rows::take_ids(session, block->name, block_size));
      block->end = block->next + block_size;
    }
    return {};
  });
  if (!reserved.ok()) return std::move(reserved).error();
  return ids;
}

Result<std::int64_t> IdBlocks::take(Block& block) {
  bool low = false;
  std::int64_t id = 0;
  {
    const std::lock_guard lock{mutex_};
    if (block.next == block.end) {
      block.next = std::exchange(block.spare_next, 0);
      block.end = std::exchange(block.spare_end, 0);
    }
    if (block.next == block.end)
      return make_error(Code::unavailable, "the database gives no more ids for {}", block.name);
    id = block.next++;
    low = rows_ && block.spare_end == 0 && !block.refilling && block.end - block.next < block_size / 2;
    if (low) block.refilling = true;
  }
  if (low) refill(block);
  return id;
}

void IdBlocks::refill(Block& block) {
  auto first = std::make_shared<std::int64_t>(0);
  rows_->post(
      [first, name = block.name](storage::sql::Session& session) -> Status {
        LT_TRY(*first, rows::take_ids(session, name, block_size));
        return {};
      },
      [this, &block, first](const Status& status) {
        const std::lock_guard lock{mutex_};
        block.refilling = false;
        if (!status.ok()) return;
        block.spare_next = *first;
        block.spare_end = *first + block_size;
      });
}

}  // namespace longtake::archive
