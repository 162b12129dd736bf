# shellcheck shell=bash
# Distribution packages by purpose, installed only when missing. Needs common.sh.
#
# One entry a line: alternatives in order of preference divided by `|`, each perhaps with the least
# version that will do (`name>=1.81`); an entry that begins with `?` is left out where apt has none of it.
# Known to suit Debian 12 and 13 and Ubuntu 24.04.
# shellcheck disable=SC2034  # the lists are read by name

packages_build='
g++
cmake
ninja-build
?mold
ccache
pkg-config
libboost1.81-dev|libboost-dev>=1.81
libboost-json1.81-dev|libboost-json-dev>=1.81
libboost-url1.81-dev|libboost-url-dev>=1.81|libboost-url1.83-dev
libssl-dev
libcurl4-openssl-dev
zlib1g-dev
libsqlite3-dev
libsoci-dev
libsodium-dev
libspdlog-dev
libfmt-dev
libcli11-dev
libtomlplusplus-dev
libhowardhinnant-date-dev
tzdata
libavformat-dev
libavcodec-dev
libavutil-dev
libswscale-dev
libswresample-dev
libcairo2-dev
libpango1.0-dev
fonts-dejavu-core
'

packages_web='
ca-certificates
'

# What plays the outside world: the demo's sources need all of it.
packages_sources='
ffmpeg
fonts-dejavu-core
nginx-light
libnginx-mod-rtmp
srt-tools
curl
jq
libgstrtspserver-1.0-dev
gstreamer1.0-plugins-base
gstreamer1.0-plugins-good
gstreamer1.0-plugins-bad
'

packages_test='
libgtest-dev
libgmock-dev
libbenchmark-dev
chromium|chromium-browser
?gpac
gstreamer1.0-tools
gstreamer1.0-libav
sqlite3
openssl
shellcheck
procps
'

packages_check='
git
clang-format-14|clang-format
clang-tidy-14|clang-tidy
clang-14|clang
libclang-rt-14-dev|libclang-rt-19-dev|libclang-rt-18-dev
'

packages_bench='
libgtest-dev
libgmock-dev
libbenchmark-dev
wrk
procps
'

_entries() {
  local list word
  for list; do
    local name=packages_$list
    for word in ${!name}; do echo "$word"; done
  done
}

# _installed_versions NAME...: "name version" of those that are installed.
_installed_versions() {
  # shellcheck disable=SC2016  # dpkg's own format
  dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null |
    awk '$1 == "installed" {print $2, $3}'
}

# _choice_met CHOICE: reads "name version" lines from _known; a choice is NAME or NAME>=VERSION.
_choice_met() {
  local name=${1%%>=*} least='' version
  [[ $1 == *'>='* ]] && least=${1##*>=}
  version=$(awk -v n="$name" '$1 == n {print $2; exit}' <<<"$_known")
  [[ -n $version ]] || return 1
  [[ -z $least ]] || dpkg --compare-versions "$version" ge "$least"
}

_entry_met() {
  local choices choice
  IFS='|' read -ra choices <<<"${1#\?}"
  for choice in "${choices[@]}"; do _choice_met "$choice" && return 0; done
  return 1
}

# missing_entries LIST...: entries of which no alternative is installed.
missing_entries() {
  local entries names _known
  mapfile -t entries < <(_entries "$@")
  mapfile -t names < <(printf '%s\n' "${entries[@]#\?}" | tr '|' '\n' | sed 's/>=.*//')
  _known=$(_installed_versions "${names[@]}" || true)
  local entry
  for entry in "${entries[@]}"; do _entry_met "$entry" || echo "$entry"; done
}

# pick_packages ENTRY...: for each entry the first alternative apt can install; fails on one it cannot.
pick_packages() {
  local entry names choices choice _known found
  mapfile -t names < <(printf '%s\n' "${@#\?}" | tr '|' '\n' | sed 's/>=.*//')
  _known=$(apt-cache policy "${names[@]}" 2>/dev/null |
    awk '/^[^ ]/ {name = $1; sub(":$", "", name)} /Candidate:/ && $2 != "(none)" {print name, $2}')
  for entry; do
    found=''
    IFS='|' read -ra choices <<<"${entry#\?}"
    for choice in "${choices[@]}"; do
      if _choice_met "$choice"; then
        found=${choice%%>=*}
        break
      fi
    done
    if [[ -n $found ]]; then
      echo "$found"
    elif [[ $entry != \?* ]]; then
      warn "apt has no package for ${entry//|/ or }"
      return 1
    fi
  done
}

_as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Keeps daemons that come with packages from starting; what was there before is put back.
_policy=/usr/sbin/policy-rc.d
_forbid_daemons() {
  _as_root test -e "$_policy" && _as_root mv "$_policy" "$_policy.before-longtake"
  printf '#!/bin/sh\nexit 101\n' | _as_root tee "$_policy" >/dev/null
  _as_root chmod 755 "$_policy"
}
_allow_daemons() {
  _as_root rm -f "$_policy"
  _as_root test -e "$_policy.before-longtake" && _as_root mv "$_policy.before-longtake" "$_policy"
  return 0
}

_apt() {
  _as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# Installs in a shell of its own, so that policy-rc.d is put back even when interrupted.
_apt_install() (
  trap _allow_daemons EXIT
  _forbid_daemons
  _apt install -y --no-install-recommends "$@"
)

# need_packages LIST...: makes the packages of these lists present. Quick when they are.
need_packages() {
  have dpkg-query || {
    warn 'no dpkg here: install what scripts/lib/packages.sh lists by the means of this system'
    return 0
  }
  local missing picked log
  mapfile -t missing < <(missing_entries "$@")
  local wanted=() entry
  mkdir -p "$BUILD_ROOT"
  for entry in "${missing[@]}"; do
    # What apt was once found not to have is not asked for again until its lists change.
    [[ $entry == \?* && $BUILD_ROOT/.absent-${entry#\?} -nt /var/lib/apt/lists ]] || wanted+=("$entry")
  done
  ((${#wanted[@]} == 0)) && return 0
  if ((EUID != 0)) && ! have sudo; then
    die "missing packages and neither root nor sudo; as root run: apt-get install ${wanted[*]}"
  fi

  log=$BUILD_ROOT/apt.log
  picked=$(pick_packages "${wanted[@]}" 2>/dev/null) || {
    _apt update >"$log" 2>&1 || die "apt-get update failed: $(tail -n 1 "$log")"
    picked=$(pick_packages "${wanted[@]}") || die 'this distribution is too old; Debian 12 or Ubuntu 24.04 and later will do'
  }
  for entry in "${wanted[@]}"; do
    [[ $entry == \?* ]] && ! grep -qxF "${entry#\?}" <<<"$picked" && touch "$BUILD_ROOT/.absent-${entry#\?}"
  done
  [[ -n $picked ]] || return 0
  say "installing: ${picked//$'\n'/ }"
  # shellcheck disable=SC2086  # package names are words
  if ! _apt_install $picked >"$log" 2>&1; then
    _apt update >>"$log" 2>&1 || die "apt-get update failed: $(tail -n 1 "$log")"
    # shellcheck disable=SC2086
    _apt_install $picked >>"$log" 2>&1 || die "apt-get install failed: $(grep -m1 '^E:' "$log" || tail -n 1 "$log") (all of it: $log)"
  fi
}
