# shellcheck shell=bash
# Words every script shares: where the project is, how it speaks, how it waits. Source it first.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034  # for the scripts that source this
BUILD_ROOT=${LONGTAKE_BUILD_ROOT:-$ROOT/build}
# The server refuses variables of its prefix that are no settings of its own: these stay in the script.
export -n LONGTAKE_BIN LONGTAKE_BUILD_ROOT LONGTAKE_SUPPORT_BIN LONGTAKE_DEMO_PORT "${!LONGTAKE_BENCH_@}"

if [[ -t 2 ]]; then
  _bold=$'\e[1m' _red=$'\e[31m' _plain=$'\e[0m'
else
  _bold='' _red='' _plain=''
fi

# say TEXT...: progress, for people; standard output stays free for results.
say() { printf '%s==>%s %s\n' "$_bold" "$_plain" "$*" >&2; }

# warn TEXT...: something is off, work goes on.
warn() { printf '%swarning:%s %s\n' "$_red" "$_plain" "$*" >&2; }

# die TEXT...: one line that names the thing and the mend, exit status 1.
die() {
  printf '%serror:%s %s\n' "$_red" "$_plain" "$*" >&2
  exit 1
}

# wrong_use TEXT...: the same for a mistake on the command line, exit status 2.
wrong_use() {
  printf '%serror:%s %s\n' "$_red" "$_plain" "$*" >&2
  exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# jobs_for_build: compiler processes at once: one for each core, fewer when memory is short
# (a Beast translation unit takes about 1 GB).
jobs_for_build() {
  local cores memory_gb
  cores=$(nproc)
  memory_gb=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  ((memory_gb < 1)) && memory_gb=1
  echo $((cores < memory_gb ? cores : memory_gb))
}

# wait_until SECONDS WHAT COMMAND...: polls COMMAND until it succeeds; says WHAT never came and
# fails after SECONDS.
wait_until() {
  local limit=$1 what=$2 end
  shift 2
  end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= end)); then
      warn "waited $limit s in vain for $what"
      return 1
    fi
    sleep 0.1
  done
}

# port_open PORT: somebody listens for TCP on loopback.
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# newer_than STAMP PATH...: some file under PATH is newer than STAMP (or STAMP is missing).
newer_than() {
  local stamp=$1
  shift
  [[ -e $stamp ]] || return 0
  [[ -n $(find "$@" -newer "$stamp" -type f -print -quit 2>/dev/null) ]]
}
