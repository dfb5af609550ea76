#!/usr/bin/env bash
# Installs what the shop needs and this machine lacks, and says so; quick when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

missing_packages() {
    has gcc || echo gcc
    has g++ || echo g++
    has make || echo make
    has pkg-config || echo pkg-config
    [ -e /usr/include/zlib.h ] || echo zlib1g-dev
    # Without them neither cargo nor npm believes its registry.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    # For the tests, which end processes; the shell's own `kill` is no program.
    [ -x /bin/kill ] || [ -x /usr/bin/kill ] || echo procps
    has setpriv || echo util-linux
    if ! has mariadbd && ! has mysqld && [ ! -x .souk/tools/mariadb/usr/sbin/mariadbd ] && [ -z "${SOUK_MYSQL_URL:-}" ]; then
        echo mariadb-server-core
        echo mariadb-client-core
    fi
    # For `make interop`: what is other people's.
    if [ -n "${INTEROP:-}" ]; then
        has java || echo openjdk-17-jre-headless
        has mvn || echo maven
        has node || echo nodejs
        has npm || echo npm
        has chromium || echo chromium
    fi
}

install_as() { # install_as PREFIX PACKAGE...
    local prefix=$1
    shift
    say "installing $* by apt-get"
    $prefix apt-get update -qq
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

# Without the right to install: MariaDB and the libraries that it lacks here, unpacked into .souk/tools/mariadb.
unpack_mariadb() {
    local target=$PWD/.souk/tools/mariadb work
    work=$(mktemp -d)
    say "no right to install: unpacking MariaDB into $target"
    local names
    names=$(apt-get install -qq --print-uris --no-install-recommends mariadb-server-core mariadb-client-core |
        sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p")
    (cd "$work" && apt-get download -qq $names)
    mkdir -p "$target"
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$target"; done
    rm -rf "$work"
}

# Without asking when that is allowed, else by password when somebody is there to type it.
may_sudo() {
    has sudo || return 1
    sudo -n true 2>/dev/null && return 0
    [ -t 0 ] || return 1
    say "sudo asks for your password, to install the packages"
    sudo -v
}

install_debian() {
    local packages=("$@")
    if [ "$(id -u)" -eq 0 ]; then
        install_as "" "${packages[@]}"
    elif may_sudo; then
        install_as sudo "${packages[@]}"
    else
        local others
        others=$(printf '%s\n' "${packages[@]}" | grep -v '^mariadb-' | tr '\n' ' ' || true)
        if [ -n "$others" ]; then
            say "these need the right to install: sudo apt-get install $others" >&2
            exit 1
        fi
        unpack_mariadb
    fi
}

# Untested: there is no macOS in our runs.
install_macos() {
    say "installing mariadb and pkg-config by brew (untested)"
    brew install mariadb pkg-config
}

node_major() { node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true; }

graphiql() {
    local folder=router/graphiql major
    major=$(node_major)
    if [ "${major:-0}" -lt 20 ] || ! has npm; then
        say "Node 20 or newer was not found: GraphiQL will come from a public CDN and not work offline"
    elif [ ! -e $folder/assets/index.html ] || [ $folder/package-lock.json -nt $folder/assets/index.html ] ||
        [ $folder/main.jsx -nt $folder/assets/index.html ]; then
        say "bundling GraphiQL"
        (cd $folder && npm ci --no-audit --no-fund --silent && npm run --silent build)
    fi
}

# Distributions package older ones than the code is written for.
rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! has cargo; then
        say "Rust is missing: https://rustup.rs installs it" >&2
        exit 1
    fi
    found=$(cargo --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        say "Rust $found is too old, $wanted is needed: run \`rustup update\`, or install it from https://rustup.rs" >&2
        exit 1
    fi
}

# Stripe's own mock server, for `make interop`. Its release says which version of the API the adapter is held to.
stripe_mock() {
    local version=v0.203.0 folder=$PWD/.souk/tools/bin go
    go=$(command -v go || echo /usr/local/go/bin/go)
    if [ ! -x "$go" ]; then
        say "Go was not found: make interop will fail for want of stripe-mock; install Go from https://go.dev/dl"
    elif ! "$go" version -m "$folder/stripe-mock" 2>/dev/null | grep -q "stripe-mock[[:space:]]*$version"; then
        say "building stripe-mock $version into $folder"
        GOBIN=$folder "$go" install "github.com/stripe/stripe-mock@$version"
    fi
}

rust
mapfile -t packages < <(missing_packages)
if [ "${#packages[@]}" -gt 0 ]; then
    if has apt-get; then
        install_debian "${packages[@]}"
    elif [ "$(uname)" = Darwin ] && has brew; then
        install_macos
    else
        say "install these with your package manager: ${packages[*]}" >&2
        exit 1
    fi
fi
if [ -n "${INTEROP:-}" ] && [ "$(node_major)" -lt 20 ]; then
    say "Node $(node --version) is too old for make interop: install Node 20 or newer from https://nodejs.org" >&2
    exit 1
fi
if [ -n "${INTEROP:-}" ]; then stripe_mock; fi
graphiql
say "everything is there"
