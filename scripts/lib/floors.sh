# shellcheck shell=bash
# The checker of floors: which includes the table allows. Sourced by scripts/check and by the test of it.

# check_floors TABLE SRC: prints "FILE:LINE: reason" for every include the table forbids; fails on any.
check_floors() {
  local table=$1 src=$2
  [[ -r $table ]] || {
    echo "$table: cannot be read"
    return 1
  }
  [[ -d $src ]] || {
    echo "$src: no such folder"
    return 1
  }
  table=$(realpath "$table")
  (
    cd "$src" || exit 1
    find . -type f \( -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.cc' \) | sed 's|^\./||' | LC_ALL=C sort |
      awk -v table="$table" -v src="$(basename "$src")" '
        function complain(file, line, text) { print (file ~ /^\// ? "" : src "/") file ":" line ": " text; bad = 1 }
        function under(file, places,   n, list, i) {
          n = split(places, list, " ")
          for (i = 1; i <= n; i++) if (index(file, list[i] "/") == 1) return 1
          return 0
        }
        BEGIN {
          while ((getline line < table) > 0) {
            row++
            sub(/#.*/, "", line)
            n = split(line, word, " ")
            if (n == 0) continue
            if (word[1] == "floor" && n >= 3 && word[2] ~ /^[0-9]+$/) {
              for (i = 3; i <= n; i++) { floor[word[i]] = word[2]; rooms++ }
            } else if (word[1] == "only" && n >= 3) {
              rules++
              pattern[rules] = "^(" word[2] ")"
              for (i = 3; i <= n; i++) places[rules] = places[rules] " " word[i]
            } else complain(table, row, "not a row of the table: " line)
          }
          if (!rooms) { complain(table, row + 0, "the table names no room"); exit 1 }
        }
        {
          file = $0
          room = file
          if (!sub(/\/.*/, "", room)) { complain(file, 1, "a file outside every room"); next }
          if (!(room in floor)) { complain(file, 1, "room " room " is not in the table"); next }
          number = 0
          while ((getline line < file) > 0) {
            number++
            if (line !~ /^[ \t]*#[ \t]*include[ \t]*[<"]/) continue
            quoted = line ~ /include[ \t]*"/
            target = line
            sub(/^[^<"]*[<"]/, "", target)
            sub(/[>"].*/, "", target)
            for (i = 1; i <= rules; i++) {
              if (target ~ pattern[i] && !under(file, places[i])) {
                complain(file, number, target " belongs only in" places[i])
              }
            }
            if (target ~ /^\.\.?\//) { complain(file, number, "write includes from src/, not " target); continue }
            to = target
            if (!sub(/\/.*/, "", to)) {
              if (quoted) complain(file, number, "write includes from src/, not " target)
              continue
            }
            if (!(to in floor)) {
              if (quoted) complain(file, number, "no room " to " in the table")
              continue
            }
            if (to != room && floor[to] + 0 == floor[room] + 0) complain(file, number, room " may not include its neighbour " to)
            if (floor[to] + 0 > floor[room] + 0) complain(file, number, room " (floor " floor[room] ") may not include " to " (floor " floor[to] ")")
          }
          close(file)
        }
        END { exit bad }'
  )
}
