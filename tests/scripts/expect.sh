# shellcheck shell=bash
# How tests of scripts report: one line each, which scripts/test counts.
_not_ok=0
ok() { echo "ok $1"; }
not_ok() {
  echo "not ok $1: ${2:-}"
  _not_ok=1
}
skip() { echo "skip $1: $2"; }

# same NAME WANTED GOT
same() { if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "wanted '$2', got '$3'"; fi; }

# finish: the exit status of the file.
finish() { exit $_not_ok; }
