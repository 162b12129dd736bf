# shellcheck shell=bash
# Measuring processes and keeping results. Needs common.sh.

# shellcheck disable=SC2034
_ticks_per_second=$(getconf CLK_TCK)
_rows=()

# cpu_ticks PID...: user and system time so far, with that of ended children, in clock ticks.
cpu_ticks() {
  local pid line sum=0 field
  for pid; do
    { read -r line <"/proc/$pid/stat"; } 2>/dev/null || die "process $pid is gone; it cannot be measured"
    read -ra field <<<"${line##*) }"
    # Fields 14 to 17 of proc(5); the first after the name is the third.
    sum=$((sum + field[11] + field[12] + field[13] + field[14]))
  done
  echo "$sum"
}

# memory_kb KEY PID...: sum of Rss or Pss.
memory_kb() {
  local key=$1 pid sum=0 kb
  shift
  for pid; do
    kb=$(awk -v key="$key:" '$1 == key {print $2; exit}' "/proc/$pid/smaps_rollup")
    sum=$((sum + kb))
  done
  echo "$sum"
}

# calc EXPRESSION: arithmetic with fractions, to four digits.
calc() { awk "BEGIN {printf \"%.4g\", $1}"; }

seconds_of_ticks() { calc "$1 / $_ticks_per_second"; }

now_ms() { date +%s%3N; }

# median VALUE...
median() { printf '%s\n' "$@" | sort -g | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# result CASE METRIC VALUE UNIT [GOAL]: one row; GOAL is the figure to stay below.
result() {
  local verdict=''
  [[ -n ${5:-} ]] && verdict=$(awk "BEGIN {print ($3 <= $5) ? \"met\" : \"MISSED\"}")
  printf '  %-26s %-34s %12s %-14s %s\n' "$1" "$2" "$3" "$4" "${5:+goal $5: $verdict}"
  _rows+=("$(jq -cn --arg case "$1" --arg metric "$2" --arg value "$3" --arg unit "$4" --arg goal "${5:-}" --arg verdict "$verdict" \
    '{case: $case, metric: $metric, value: ($value | tonumber), unit: $unit} + (if $goal == "" then {} else {goal: ($goal | tonumber), verdict: $verdict} end)')")
}

# write_results NAME: build/bench/NAME.json, with what the machine is.
write_results() {
  local out=$BUILD_ROOT/bench/$1.json
  mkdir -p "$BUILD_ROOT/bench"
  printf '%s\n' "${_rows[@]}" | jq -s --arg name "$1" --arg at "$(date -u +%FT%TZ)" --arg kernel "$(uname -r)" \
    --arg cpu "$(awk -F': ' '/^model name/ {print $2; exit}' /proc/cpuinfo)" --argjson cores "$(nproc)" \
    --arg commit "$(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null || echo unknown)" \
    '{name: $name, at: $at, commit: $commit, machine: {cpu: $cpu, cores: $cores, kernel: $kernel}, rows: .}' >"$out"
  say "written: ${out#"$ROOT"/}"
  _rows=()
}
