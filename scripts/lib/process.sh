# shellcheck shell=bash
# Processes a script starts: each is known by its id, has its own log, and is ended by that id when
# the script ends, newest first. Needs common.sh.

_pids=()
_names=()
_temporary=()

# start_process NAME LOG COMMAND...: runs COMMAND in the background; its id is left in STARTED_PID.
start_process() {
  local name=$1 log=$2
  shift 2
  "$@" >"$log" 2>&1 </dev/null &
  STARTED_PID=$!
  adopt_process "$name" "$STARTED_PID"
}

# adopt_process NAME PID: end PID too when the script ends.
adopt_process() {
  _names+=("$1")
  _pids+=("$2")
}

# alive PID: it runs; one that has ended and only waits to be reaped does not.
alive() {
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  [[ ${line##*) } != Z* ]]
}

# stop_process PID [SECONDS]: asks politely, waits, then insists. Reaps it when it is our child.
stop_process() {
  local pid=$1 end=$((SECONDS + ${2:-10}))
  kill -TERM "$pid" 2>/dev/null || true
  while alive "$pid" && ((SECONDS < end)); do sleep 0.05; done
  if alive "$pid"; then
    warn "process $pid did not end in ${2:-10} s; killing it"
    kill -KILL "$pid" 2>/dev/null || true
  fi
  wait "$pid" 2>/dev/null || true
}

# stop_all: ends everything still running, newest first, and removes temporary folders.
stop_all() {
  local i
  for ((i = ${#_pids[@]} - 1; i >= 0; i--)); do
    alive "${_pids[i]}" && stop_process "${_pids[i]}" 12
  done
  _pids=() _names=()
  for i in "${_temporary[@]}"; do rm -rf "$i"; done
  _temporary=()
}

# temporary_folder VARIABLE: makes a private folder that goes when the script ends.
temporary_folder() {
  local made
  made=$(mktemp -d "${TMPDIR:-/tmp}/longtake.XXXXXX")
  _temporary+=("$made")
  printf -v "$1" '%s' "$made"
}

# end_with_script: ties stop_all to the end of this script, however it comes.
end_with_script() {
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# wait_serving SECONDS PID PORT NAME LOG: PORT answers, or NAME died first (its log is shown).
wait_serving() {
  local limit=$1 pid=$2 port=$3 name=$4 log=$5 end=$((SECONDS + $1))
  until port_open "$port"; do
    if ! alive "$pid" || ((SECONDS >= end)); then
      warn "$name does not serve port $port after $limit s at most; its last words:"
      tail -n 5 "$log" >&2
      return 1
    fi
    sleep 0.1
  done
}

# free_port [FROM]: a loopback TCP port nobody listens on, at or above FROM.
free_port() {
  local port=${1:-18200}
  while port_open "$port"; do port=$((port + 1)); done
  echo "$port"
}
