#!/usr/bin/env bash
# Checks of text fail where git tells of no files: nothing to look at is not "nothing found".
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/../../scripts/lib/common.sh"
# shellcheck source=scripts/lib/process.sh
. "$ROOT/scripts/lib/process.sh"
# shellcheck source=scripts/check.d/text.sh
. "$ROOT/scripts/check.d/text.sh"
# shellcheck source=tests/scripts/expect.sh
. "$here/expect.sh"
end_with_script
folder=''
temporary_folder folder

# with_git TEXT COMMAND...: COMMAND where git is a script that says TEXT.
with_git() {
  printf '#!/bin/sh\n%s\n' "$1" >"$folder/git"
  chmod +x "$folder/git"
  (PATH=$folder:$PATH && "${@:2}" 2>&1)
}

for check in check_links check_words; do
  for git in 'exit 127' 'exit 128' 'exit 0'; do
    if said=$(with_git "$git" "$check"); then
      not_ok "$check, git: $git" 'it passed'
    elif [[ $said == *'git names no files'* ]]; then
      ok "$check, git: $git"
    else
      not_ok "$check, git: $git" "it said: $said"
    fi
  done
done
finish
