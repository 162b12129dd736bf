# shellcheck shell=bash
# Building the server. Needs common.sh and packages.sh.

# configure_preset PRESET [LOG]
configure_preset() {
  local folder=$BUILD_ROOT/$1
  if newer_than "$folder/build.ninja" "$ROOT"/CMakeLists.txt "$ROOT"/CMakePresets.json; then
    mkdir -p "$folder"
    (cd "$ROOT" && cmake --preset "$1" -B "$folder") >"$folder/configure.log" 2>&1 || {
      tail -n 20 "$folder/configure.log" >&2
      die "cmake cannot configure preset $1; see above"
    }
  fi
}

# build_preset PRESET [TARGET...]: leaves build/PRESET/bin/longtake.
build_preset() {
  local preset=$1 folder=$BUILD_ROOT/$1 targets=()
  shift
  (($#)) && targets=(--target "$@")
  grep -q "\"name\": \"$preset\", \"inherits\"" "$ROOT/CMakePresets.json" ||
    wrong_use "no preset '$preset' (release, measure, debug, asan, tsan, fuzz)"
  configure_preset "$preset"
  say "building ($preset)"
  export CCACHE_BASEDIR=$ROOT CCACHE_SLOPPINESS=time_macros,pch_defines
  if ! cmake --build "$folder" -j "$(jobs_for_build)" "${targets[@]}" >"$folder/build.log" 2>&1; then
    grep -E -m 20 'error|FAILED|undefined' "$folder/build.log" >&2 || tail -n 20 "$folder/build.log" >&2
    die "the build of preset $preset failed (all of it: ${folder#"$ROOT"/}/build.log)"
  fi
}
