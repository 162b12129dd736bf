#include "archive/timeline_assembly.h"

#include <algorithm>

namespace longtake::archive {
namespace {

/// Unclipped spans in order, none overlapping.
std::vector<Span> merge(std::vector<TimelineSegment> segments) {
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
    return std::pair{a.range.from, a.sequence} < std::pair{b.range.from, b.sequence};
  });
  std::vector<Span> spans;
  std::uint32_t last_sequence = 0;
  for (const auto& segment : segments) {
    auto from = segment.range.from;
    if (!spans.empty()) {
      auto& last = spans.back();
      if (last.run == segment.run && segment.sequence == last_sequence + 1) {
        last.to = std::max(last.to, segment.range.to);
        last_sequence = segment.sequence;
        continue;
      }
      from = std::max(from, last.to);
    }
    if (segment.range.to <= from) continue;
    spans.push_back({from, segment.range.to, segment.run});
    last_sequence = segment.sequence;
  }
  return spans;
}

/// Adds the parts of `gap` that no span covers and no earlier gap has taken.
void add_uncovered(const Gap& gap, const std::vector<Span>& spans, std::vector<Gap>& out) {
  auto from = gap.from;
  const auto add = [&](WallTime to) {
    if (from < to) out.push_back({from, to, gap.cause, gap.detail});
  };
  auto span =
      std::lower_bound(spans.begin(), spans.end(), from, [](const Span& s, WallTime t) { return s.to <= t; });
  for (; span != spans.end() && span->from < gap.to; ++span) {
    add(std::min(span->from, gap.to));
    from = std::max(from, span->to);
  }
  add(gap.to);
}

std::vector<Gap> explained(const TimelineParts& parts, const std::vector<Span>& spans) {
  std::vector<Gap> rows;
  const auto open_end = std::min(parts.now, parts.range.to);
  for (const auto& gap : parts.gaps)
    rows.push_back({gap.from, gap.to.value_or(std::max(gap.from, open_end)), gap.cause, gap.detail});
  std::stable_sort(rows.begin(), rows.end(), [](const Gap& a, const Gap& b) { return a.from < b.from; });
  std::vector<Gap> out;
  if (parts.first && parts.oldest && *parts.first < *parts.oldest)
    add_uncovered({*parts.first, *parts.oldest, GapCause::expired, "deleted by retention"}, spans, out);
  WallTime taken = WallTime::min();
  if (!out.empty()) taken = out.back().to;
  for (auto& row : rows) {
    row.from = std::max(row.from, taken);
    if (row.to <= row.from) continue;
    add_uncovered(row, spans, out);
    taken = row.to;
  }
  return out;
}

/// Names what lies unexplained between two spans.
void explain_rest(const std::vector<Span>& spans, std::vector<Gap>& gaps) {
  std::vector<Gap> rest;
  auto gap = gaps.begin();
  for (std::size_t i = 1; i < spans.size(); ++i) {
    auto at = spans[i - 1].to;
    const auto end = spans[i].from;
    const bool same_run = spans[i - 1].run == spans[i].run;
    const auto unexplained = [&](WallTime to) {
      if (at < to)
        rest.push_back({at, to, same_run ? GapCause::expired : GapCause::source_changed,
                        same_run ? "footage was removed" : "a new recording began"});
    };
    while (gap != gaps.end() && gap->to <= at)
      ++gap;
    for (; gap != gaps.end() && gap->from < end; ++gap) {
      unexplained(gap->from);
      at = std::max(at, gap->to);
    }
    unexplained(end);
  }
  gaps.insert(gaps.end(), rest.begin(), rest.end());
  std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.from < b.from; });
}

template <class Piece>
void clip(std::vector<Piece>& pieces, WallRange range) {
  for (auto& piece : pieces) {
    piece.from = std::max(piece.from, range.from);
    piece.to = std::min(piece.to, range.to);
  }
  std::erase_if(pieces, [](const Piece& p) { return p.to <= p.from; });
}

}  // namespace

Timeline assemble(TimelineParts parts) {
  Timeline out{.range = parts.range};
  out.spans = merge(std::move(parts.segments));
  out.gaps = explained(parts, out.spans);
  explain_rest(out.spans, out.gaps);
  clip(out.spans, parts.range);
  clip(out.gaps, parts.range);
  return out;
}

}  // namespace longtake::archive
