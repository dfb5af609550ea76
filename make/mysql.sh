#!/usr/bin/env bash
# Real MySQL for tests, in .souk/tools/mysql and nowhere else. Debian stable packages none, so Debian sid's is unpacked
# with all its libraries, down to the libc, and started by its own loader: nothing of the system is changed.
# Prints the path of the `mysqld` to use.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/.souk/tools/mysql
server=$folder/mysqld

unpack() {
    local apt=$folder/apt keys=/usr/share/keyrings/debian-archive-keyring.gpg
    command -v apt-get >/dev/null || { printf 'make: MySQL is unpacked from Debian packages, and apt-get is missing\n' >&2; exit 1; }
    rm -rf "$folder"
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc/preferences.d,etc/apt.conf.d,etc/trusted.gpg.d} "$folder/root"
    : >"$apt/status"
    printf 'deb [signed-by=%s] http://deb.debian.org/debian sid main\n' "$keys" >"$apt/sources.list"
    # An own state: the system's packages are neither read nor touched. A mirror may be behind its Release file's date,
    # which signs all the same.
    local options=(
        -qq -o "Dir::State=$apt" -o "Dir::State::status=$apt/status" -o "Dir::State::Lists=$apt/lists"
        -o "Dir::Cache=$apt/cache" -o "Dir::Etc=$apt/etc" -o "Dir::Etc::sourcelist=$apt/sources.list"
        -o "Dir::Etc::sourceparts=-" -o "Acquire::Check-Valid-Until=false" -o "APT::Sandbox::User="
        -o "APT::Install-Recommends=false" -o "Debug::NoLocking=true"
    )
    apt-get "${options[@]}" update >&2
    apt-get "${options[@]}" install --download-only -y mysql-server-core mysql-client-core >&2
    for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
    rm -rf "$apt"
}

# Options of ours come first but after --no-defaults, which MySQL wants in front of all.
launcher() {
    cat >"$server" <<'SCRIPT'
#!/usr/bin/env bash
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)/root
machine=$(uname -m)-linux-gnu
loader=$(echo "$root"/usr/lib*/ld-linux-*.so.* "$root/usr/lib/$machine"/ld-linux-*.so.* | tr ' ' '\n' | grep -v '\*' | head -n 1)
[ "${1:-}" = --no-defaults ] && shift
exec "$loader" --library-path "$root/usr/lib/$machine:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld" \
    --no-defaults --basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" \
    --character-sets-dir="$root/usr/share/mysql/charsets" --plugin-dir="$root/usr/lib/mysql/plugin" \
    --secure-file-priv=NULL "$@"
SCRIPT
    chmod +x "$server"
}

[ -x "$server" ] && "$server" --no-defaults --version >/dev/null 2>&1 || { unpack; launcher; "$server" --no-defaults --version >&2; }
printf '%s\n' "$server"
