#!/usr/bin/env bash
# An operation without a row in the table of permissions must be found, and a row without an operation.
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
printf '%s\n' '      operationId: seeIt' '      operationId: changeIt' >"$folder/contract.yaml"

# table OPERATION...: a table with a row for each.
table() { printf '| `%s` | watch | yes |\n' "$@" >"$folder/table.md"; }
found() { missing_permissions "$folder/contract.yaml" "$folder/table.md"; }
refused() {
  local said
  if said=$(found); then not_ok "$1" 'nothing was found'; elif [[ $said == *"$2"* ]]; then ok "$1"; else not_ok "$1" "it said: $said"; fi
}

table changeIt seeIt
if found; then ok 'a whole table is left alone'; else not_ok 'a whole table is left alone' 'it was refused'; fi
table seeIt
refused 'a missing row' 'no row for the operation changeIt'
table seeIt changeIt removeIt
refused 'a row too many' 'removeIt'
table seeIt changeIt changeIt
refused 'a row twice' 'changeIt'
finish
