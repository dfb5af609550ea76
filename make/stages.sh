# Sourced by the other scripts: `stage NAME COMMAND...` runs a command under a heading and keeps its time; at the
# end, also of a failed run, all times are listed.
stages=()
# Servers lie in sbin, which a user's path lacks on Debian.
PATH=$PATH:/usr/sbin:/sbin

stage() {
    local name=$1 began=$SECONDS
    shift
    printf '\n==> %s\n' "$name"
    "$@"
    stages+=("$(printf '%6d s  %s' $((SECONDS - began)) "$name")")
}

list_stages() {
    local status=$?
    printf '\n'
    [ ${#stages[@]} -eq 0 ] || printf '%s\n' "${stages[@]}"
    printf '%6d s  in all\n' "$SECONDS"
    [ "$status" -eq 0 ] || printf 'FAILED in the stage after the last one listed\n' >&2
}
trap list_stages EXIT

# need COMMAND "what installs it": fails with the second when the first is not there.
need() {
    command -v "$1" >/dev/null || { printf 'make: %s is missing: %s\n' "$1" "$2" >&2; exit 1; }
}
