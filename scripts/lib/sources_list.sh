# shellcheck shell=bash
# Which files are ours to check, and which tools check them. Needs common.sh.

# cpp_files: C++ sources and headers, as paths from the project's root.
cpp_files() { (cd "$ROOT" && find src tests -type f \( -name '*.cpp' -o -name '*.h' \) -not -path '*/node_modules/*' | sort); }

# shell_files: bash scripts and libraries.
shell_files() {
  (cd "$ROOT" && find scripts tests .ci deploy -type f -not -path '*/node_modules/*' | sort |
    while read -r file; do
      case $file in
        *.sh) echo "$file" ;;
        *) head -c 40 "$file" | head -n 1 | grep -qE '^#!.*(bash|/sh)' && echo "$file" ;;
      esac
    done
    true)
}

# clang_tool NAME: version 14 where there, so that every machine agrees; else the distribution's.
clang_tool() {
  if have "$1-14"; then echo "$1-14"; elif have "$1"; then echo "$1"; else die "$1 is missing; run scripts/check once to install it"; fi
}
