#!/bin/sh
# Sends a notification of Nagios or Icinga 2 to Beeline. Needs a POSIX shell and curl.
#
#   beeline-notify.sh nagios
#   beeline-notify.sh icinga
#
# It reads the environment, which both tools fill (Nagios: see nagios.md, Icinga: see
# icinga.md):
#   BEELINE_URL   where Beeline is, https://beeline.example.org
#   BEELINE_KEY   the source's key; or BEELINE_KEY_FILE, a file that holds it
#   N_TYPE N_HOST N_ADDRESS N_SERVICE N_STATE N_OUTPUT N_LONG_OUTPUT N_AT N_URL
#   N_GROUPS N_BY N_COMMENT N_PROBLEM_ID N_COMMAND
# Ends with 0 when Beeline has it on disk, with another number and a line on stderr
# otherwise, so that the tool's own log shows it.
set -eu

format=${1:-nagios}
: "${BEELINE_URL:?is where Beeline is, like https://beeline.example.org}"
if [ -z "${BEELINE_KEY:-}" ] && [ -n "${BEELINE_KEY_FILE:-}" ]; then
    BEELINE_KEY=$(head -n 1 "$BEELINE_KEY_FILE")
fi
: "${BEELINE_KEY:?is the key of the source}"

# Text that is no UTF-8 would be refused as a whole: what is not is left out.
as_utf8() {
    if command -v iconv >/dev/null 2>&1; then
        iconv -c -f UTF-8 -t UTF-8 2>/dev/null || true
    else
        LC_ALL=C tr -d '\200-\377'
    fi
}

# "name": "text", with everything escaped that JSON wants escaped.
pair() {
    printf '%s"%s": "' "$comma" "$1"
    printf '%s' "$2" | as_utf8 | LC_ALL=C tr -d '\001-\010\013-\037' |
        LC_ALL=C awk 'BEGIN { ORS = "" } {
            if (NR > 1) print "\\n"
            gsub(/["\\]/, "\\\\&"); gsub(/\t/, "\\t"); print
        }'
    printf '"'
    comma=', '
}

body=$(mktemp)
trap 'rm -f "$body"' EXIT HUP INT TERM
comma=
{
    printf '{'
    pair type "${N_TYPE:-}"
    pair host "${N_HOST:-}"
    pair address "${N_ADDRESS:-}"
    pair service "${N_SERVICE:-}"
    pair state "${N_STATE:-}"
    pair output "${N_OUTPUT:-}"
    pair long_output "${N_LONG_OUTPUT:-}"
    pair at "${N_AT:-}"
    pair url "${N_URL:-}"
    pair groups "${N_GROUPS:-}"
    pair by "${N_BY:-}"
    pair comment "${N_COMMENT:-}"
    pair problem_id "${N_PROBLEM_ID:-}"
    pair command "${N_COMMAND:-}"
    printf '}\n'
} >"$body"

# The key goes in through stdin: arguments are seen by everybody on this machine.
printf 'header = "Authorization: Bearer %s"\n' "$BEELINE_KEY" |
    curl --config - --silent --show-error --fail --output /dev/null \
        --max-time 8 --retry 3 --retry-connrefused --retry-max-time 25 \
        --header 'Content-Type: application/json' --data-binary "@$body" \
        "${BEELINE_URL%/}/api/events/$format/"
