# shellcheck shell=bash
# Checks that only read text. Needs common.sh, sources_list.sh, floors.sh.

check_format() {
  local tool files
  tool=$(clang_tool clang-format)
  mapfile -t files < <(cpp_files)
  (cd "$ROOT" && "$tool" --dry-run -Werror "${files[@]}") 2>&1 | { grep error: || true; } | sed "s|:.*error:|:|" | sort -u -t: -k1,1 |
    awk -F: '{print $1 ": not formatted; run scripts/format"; bad = 1} END {exit bad}'
}

check_floors_of_house() { check_floors "$ROOT/scripts/floors.txt" "$ROOT/src"; }

# Files of the project: what git knows, and what is new and not ignored. Fails when git tells of none.
_project_files() {
  local files
  files=$(cd "$ROOT" && git ls-files --cached --others --exclude-standard -- "$@" | sort -u) || files=''
  [[ -n $files ]] || {
    warn 'git names no files of the project; is git there, and is this a clone?'
    return 1
  }
  echo "$files"
}

# Every relative link of a page, and every path a page cites in backticks, leads somewhere. STYLE.md gives examples,
# and is left out of the second rule.
check_links() {
  local page bad=0 folder target pages
  pages=$(_project_files '*.md') || return 1
  while IFS= read -r page; do
    [[ -f $ROOT/$page ]] || continue
    folder=$(dirname "$page")
    while IFS= read -r target; do
      [[ $target =~ ^([a-z]+:|#|$) ]] && continue
      target=${target%%#*}
      [[ $target == /* ]] && target=${target#/} || target=$folder/$target
      [[ -e $ROOT/$target ]] || {
        echo "$page: the link to $target leads nowhere"
        bad=1
      }
    done < <(awk '/^ *```/ {code = !code; next} !code' "$ROOT/$page" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//')
    [[ $page == STYLE.md ]] && continue
    while IFS= read -r target; do
      [[ $target == web/dist* || $target == web/node_modules* ]] && continue
      [[ -e $ROOT/$target || -e $ROOT/$folder/$target ]] || {
        echo "$page: cites $target, which is not there"
        bad=1
      }
    done < <(awk '/^ *```/ {code = !code; next} !code' "$ROOT/$page" |
      grep -oE '`(src|scripts|tests|docs|api|config|web|deploy|\.ci)/[A-Za-z0-9_./-]+`' | tr -d '`')
  done <<<"$pages"
  return $bad
}

check_words() {
  local files found
  files=$(_project_files) || return 1
  found=$(cd "$ROOT" && grep -vxF -e scripts/words.txt <<<"$files" | tr '\n' '\0' |
    xargs -0 grep -nIE -f <(grep -v '^#' scripts/words.txt) 2>/dev/null) || true
  [[ -z $found ]] || {
    cut -c1-200 <<<"$found"
    return 1
  }
}

check_lock() {
  local lock=$ROOT/web/package-lock.json
  [[ -f $lock ]] || {
    echo 'web/package-lock.json is missing'
    return 1
  }
  if grep -n '"resolved"' "$lock" | head -n 3; then
    echo 'web/package-lock.json names hosts; keep omit-lockfile-registry-resolved=true in web/.npmrc'
    return 1
  fi
}

check_shell() {
  local files
  mapfile -t files < <(shell_files)
  (cd "$ROOT" && shellcheck -x -P SCRIPTDIR -P . "${files[@]}")
}

# missing_permissions CONTRACT TABLE: operations of the contract without a row in the table of permissions, and
# rows without an operation.
missing_permissions() {
  local operation bad=0 operations rows
  operations=$(sed -n 's/^ *operationId: *//p' "$1" | sort)
  rows=$(sed -n 's/^| `\([A-Za-z]*\)` |.*/\1/p' "$2" | sort)
  while IFS= read -r operation; do
    echo "$2: no row for the operation $operation"
    bad=1
  done < <(comm -23 <(echo "$operations") <(echo "$rows"))
  while IFS= read -r operation; do
    echo "$2: a row for $operation, which is no operation or has a row already"
    bad=1
  done < <(comm -13 <(echo "$operations") <(echo "$rows"))
  return $bad
}

check_permissions() { missing_permissions "$ROOT/api/openapi.yaml" "$ROOT/docs/reference/permissions.md"; }
