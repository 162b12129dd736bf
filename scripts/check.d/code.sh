# shellcheck shell=bash
# Checks that need a build or the web's tools. Needs common.sh, server.sh, node.sh, sources_list.sh.

check_types() {
  need_web_modules
  (cd "$ROOT/web" && npm run --silent typecheck && npm run --silent lint) &&
    "$ROOT/web/node_modules/.bin/tsc" -p "$ROOT/tests/tsconfig.json"
}

# The contract, the client made from it, and what the program says of itself are one.
check_api() {
  need_web_modules
  local bad=0
  (cd "$ROOT/web" && npm run --silent check:api) || {
    echo 'the web client differs from api/openapi.yaml; run: (cd web && npm run generate)'
    bad=1
  }
  build_preset debug longtake
  "$BUILD_ROOT/debug/bin/longtake" openapi | diff -q - "$ROOT/api/openapi.yaml" >/dev/null || {
    echo '`longtake openapi` prints something else than api/openapi.yaml'
    bad=1
  }
  return $bad
}

# _tidy_key FILE: changes when the file, a header it includes from src/, or the rules change.
_tidy_key() {
  local headers
  mapfile -t headers < <(sed -n 's/^#include "\(.*\)"$/src\/\1/p' "$1" | while read -r h; do [[ -f $h ]] && echo "$h"; done)
  cat .clang-tidy "$1" "${headers[@]}" | sha256sum | cut -d' ' -f1
}

# Only what changed since its last clean pass; all of it with CI set. The analyzer's paths stay out of tests:
# through gtest's macros they take six times all other checks together, and lead nowhere. And out of coroutines,
# whose frames it takes for null. What a test's small loops and products cost, or would overflow, is no matter.
check_tidy() (
  cd "$ROOT" || exit 1
  local tool file wanted=() clean=$BUILD_ROOT/tidy log
  tool=$(clang_tool clang-tidy)
  configure_preset debug
  mkdir -p "$clean"
  while IFS= read -r file; do
    [[ $file == src/*.cpp ]] || continue
    grep -q "\"$ROOT/$file\"" "$BUILD_ROOT/debug/compile_commands.json" || continue
    [[ -z ${CI:-} && -e $clean/$(_tidy_key "$file") ]] || wanted+=("$file")
  done < <(cpp_files)
  ((${#wanted[@]})) || return 0
  say "clang-tidy: ${#wanted[@]} files"
  log=$clean/log
  export -f _tidy_key
  # g++'s options that clang does not know are not errors of ours.
  if printf '%s\0' "${wanted[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c '
      ! grep -q co_await "$4" || less=--checks=-clang-analyzer-*
      [[ $4 != *_test.cpp ]] || less=--checks=-clang-analyzer-*,-performance-*,-bugprone-implicit-widening-of-multiplication-result
      said=$("$1" -p "$2" --quiet ${less:+"$less"} --extra-arg=-Wno-unknown-warning-option "$4" 2>&1) && { touch "$3/$(_tidy_key "$4")"; exit 0; }
      echo "$said" | grep -E "warning:|error:|note:" ; exit 1' tidy "$tool" "$BUILD_ROOT/debug" "$clean" >"$log"; then
    return 0
  fi
  sort -u "$log" | grep -E 'error:' | sed "s|$ROOT/||" | head -n 60
  return 1
)

# _run_tests PRESET PROGRAM...: unit tests of a sanitized build.
_run_tests() {
  local preset=$1 program bad=0 place=''
  shift
  for program; do
    temporary_folder place
    if ! (cd "$place" && timeout --foreground -k 10 1200 "$program" --gtest_brief=1) >"$BUILD_ROOT/$preset/check.log" 2>&1 </dev/null; then
      echo "$(basename "$program") fails under preset $preset:"
      grep -m 40 -E 'ERROR|WARNING: ThreadSanitizer|runtime error|FAILED|#[0-9]|Failure' "$BUILD_ROOT/$preset/check.log" |
        sed "s|$ROOT/||"
      bad=1
    fi
  done
  return $bad
}

check_asan() {
  build_preset asan
  ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
    LSAN_OPTIONS=suppressions="$ROOT/scripts/lsan.txt":print_suppressions=0 \
    _run_tests asan "$BUILD_ROOT"/asan/bin/*_test
}

# Ten seconds of each fuzzer, going on from the inputs it has kept under build/fuzz/corpus.
check_fuzz() {
  local program name kept bad=0 folder=$BUILD_ROOT/fuzz
  CXX=$(clang_tool clang++) build_preset fuzz fuzzers || return 1
  for program in "$folder"/bin/*_fuzz; do
    [[ -x $program ]] || {
      echo 'no fuzzer was built'
      return 1
    }
    name=$(basename "$program" _fuzz)
    kept=$folder/corpus/$name
    mkdir -p "$kept"
    timeout --foreground -k 10 300 "$program" -max_total_time=10 -artifact_prefix="$folder/$name-" "$kept" \
      >"$folder/$name.log" 2>&1 </dev/null && continue
    echo "${name}_fuzz fails (all of it: ${folder#"$ROOT"/}/$name.log):"
    grep -m 20 -E 'ERROR|SUMMARY|runtime error|^ +#[0-9]|Test unit written' "$folder/$name.log" | sed "s|$ROOT/||g"
    bad=1
  done
  return $bad
}

check_tsan() {
  local room targets=() programs=()
  configure_preset tsan
  while read -r room; do
    [[ -z $room || $room == \#* ]] && continue
    [[ -n $(find "$ROOT/src/$room" -name '*_test.cpp' -print -quit 2>/dev/null) ]] || continue
    targets+=("${room}_test")
    programs+=("$BUILD_ROOT/tsan/bin/${room}_test")
  done <"$ROOT/scripts/tsan.txt"
  ((${#targets[@]})) || return 0
  build_preset tsan "${targets[@]}"
  TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1 _run_tests tsan "${programs[@]}"
}
