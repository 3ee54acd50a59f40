#!/bin/sh
# Asks Beeline whether a version may be deployed, and says how it went.
# Needs a POSIX shell, awk and curl.
#
#   beeline-gate.sh ask                 may it go now? waits up to BEELINE_WAIT seconds
#   beeline-gate.sh deployed [TEXT]     it is deployed
#   beeline-gate.sh failed [TEXT]       it could not be deployed
#   beeline-gate.sh rolled_back [TEXT]  it was taken back
#
# It reads the environment:
#   BEELINE_URL           where Beeline is, https://beeline.example.org
#   BEELINE_TOKEN         a token with the scope "changes"; or BEELINE_TOKEN_FILE
#   BEELINE_SERVICE       the service, as its address has it
#   BEELINE_VERSION       what is deployed; one change for each version
#   BEELINE_COMMITTED_AT  when it was committed; else git is asked
# and where they are set:
#   BEELINE_KIND          the kind of change, with its plan, test and way back
#   BEELINE_EVIDENCE      a line for each piece: kind|passed or failed|address|text|e-mail
#   BEELINE_TITLE BEELINE_PLAN BEELINE_TEST BEELINE_WAY_BACK BEELINE_REQUESTER
#   BEELINE_RUN_URL       this pipeline's page, kept with the report
#   BEELINE_WAIT          seconds to wait for a yes, 0 where not set
#   BEELINE_EVERY         seconds between two questions, 30 where not set
#   BEELINE_FILE          where the change's number is kept, .beeline-change where not set
#
# Ends with
#   0   go, or the report is kept
#   10  wait: the time is over and it may not go yet
#   20  no: it may not go as it stands
#   64  something that this script needs is missing
#   69  Beeline was not reached, or could not answer
#   76  Beeline refused the question or the report; the reason is on stderr
set -eu

what=${1:-ask}
case $what in
ask | deployed | failed | rolled_back) ;;
*)
    echo "beeline-gate.sh: ask, deployed, failed or rolled_back" >&2
    exit 64
    ;;
esac

need() {
    if [ -z "$2" ]; then
        echo "beeline-gate.sh: $1 is missing: $3" >&2
        exit 64
    fi
}
if [ -z "${BEELINE_TOKEN:-}" ] && [ -n "${BEELINE_TOKEN_FILE:-}" ]; then
    BEELINE_TOKEN=$(head -n 1 "$BEELINE_TOKEN_FILE")
fi
need BEELINE_URL "${BEELINE_URL:-}" "where Beeline is, like https://beeline.example.org"
need BEELINE_TOKEN "${BEELINE_TOKEN:-}" "a token with the scope changes"
kept=${BEELINE_FILE:-.beeline-change}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
said=$work/said

# A text between quotes, with everything escaped that JSON wants escaped.
quoted() {
    printf '"'
    printf '%s' "$1" | LC_ALL=C tr -d '\001-\010\013-\037' |
        LC_ALL=C awk 'BEGIN { ORS = "" } {
            if (NR > 1) print "\\n"
            gsub(/["\\]/, "\\\\&"); gsub(/\t/, "\\t"); print
        }'
    printf '"'
}

# "name": "text", where there is one.
pair() {
    if [ -n "$2" ]; then
        printf '%s"%s": ' "$comma" "$1"
        quoted "$2"
        comma=', '
    fi
}

# Sends $work/body to an address, keeps the answer in $said and says how it went.
send() {
    # The token goes in through stdin: arguments are seen by everybody on this machine.
    status=$(printf 'header = "Authorization: Bearer %s"\n' "$BEELINE_TOKEN" |
        curl --config - --silent --show-error --output "$said" \
            --write-out '%{http_code}' --max-time 30 \
            --retry 5 --retry-connrefused --retry-max-time 120 \
            --header 'Content-Type: application/json' --data-binary "@$work/body" \
            "${BEELINE_URL%/}/api/v1/$1") || status=000
    case $status in
    2??) return ;;
    429 | 5?? | 000)
        echo "beeline-gate.sh: no answer from $BEELINE_URL ($status)" >&2
        exit 69
        ;;
    esac
    echo "beeline-gate.sh: refused ($status): $(text detail <"$said")" >&2
    exit 76
}

# What the answer says under a name: a text, or each of a list of texts, on a line.
text() {
    LC_ALL=C awk -v name="$1" '
    function number(hex,    n, i) {
        n = 0
        for (i = 1; i <= 4; i++)
            n = n * 16 + index("0123456789abcdef", tolower(substr(hex, i, 1))) - 1
        return n
    }
    function letter(n) {
        if (n < 128) return sprintf("%c", n)
        if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
        if (n < 65536) return sprintf("%c%c%c", 224 + int(n / 4096), \
            128 + int(n / 64) % 64, 128 + n % 64)
        return sprintf("%c%c%c%c", 240 + int(n / 262144), \
            128 + int(n / 4096) % 64, 128 + int(n / 64) % 64, 128 + n % 64)
    }
    { all = all $0 }
    END {
        key = "\"" name "\":"
        at = index(all, key)
        if (!at) exit
        left = substr(all, at + length(key))
        many = substr(left, 1, 1) == "["
        if (many) left = substr(left, 2)
        while (substr(left, 1, 1) == "\"") {
            left = substr(left, 2); out = ""
            while (left != "" && (one = substr(left, 1, 1)) != "\"") {
                left = substr(left, 2)
                if (one == "\\") {
                    one = substr(left, 1, 1); left = substr(left, 2)
                    if (one == "u") {
                        n = number(left); left = substr(left, 5)
                        if (n >= 55296 && n < 56320 && substr(left, 1, 2) == "\\u") {
                            n = 65536 + (n - 55296) * 1024 + number(substr(left, 3)) - 56320
                            left = substr(left, 7)
                        }
                        one = n < 32 ? " " : letter(n)
                    } else if (index("bfnrt", one)) one = " "
                }
                out = out one
            }
            print out
            left = substr(left, 2)
            if (!many || substr(left, 1, 1) != ",") exit
            left = substr(left, 2)
        }
    }'
}

# One piece of evidence for each line of BEELINE_EVIDENCE.
evidence() {
    between=
    printf '%s\n' "${BEELINE_EVIDENCE:-}" | while IFS='|' read -r kind passed url words by; do
        [ -n "$kind" ] || continue
        case ${passed:-passed} in
        passed) passed=true ;;
        *) passed=false ;;
        esac
        printf '%s{' "$between"
        comma=
        pair kind "$kind"
        printf '%s"passed": %s' "$comma" "$passed"
        pair url "$url"
        pair text "$words"
        pair by "$by"
        printf '}'
        between=', '
    done
}

ask() {
    need BEELINE_SERVICE "${BEELINE_SERVICE:-}" "the service that is deployed"
    need BEELINE_VERSION "${BEELINE_VERSION:-}" "what is deployed"
    if [ -z "${BEELINE_COMMITTED_AT:-}" ]; then
        BEELINE_COMMITTED_AT=$(git show -s --format=%cI HEAD 2>/dev/null) || true
    fi
    need BEELINE_COMMITTED_AT "${BEELINE_COMMITTED_AT:-}" "when it was committed"
    {
        comma=
        printf '{'
        pair service "$BEELINE_SERVICE"
        pair version "$BEELINE_VERSION"
        pair committed_at "$BEELINE_COMMITTED_AT"
        pair kind "${BEELINE_KIND:-}"
        pair title "${BEELINE_TITLE:-}"
        pair plan "${BEELINE_PLAN:-}"
        pair test "${BEELINE_TEST:-}"
        pair way_back "${BEELINE_WAY_BACK:-}"
        pair requester "${BEELINE_REQUESTER:-}"
        printf ', "evidence": ['
        evidence
        printf ']}\n'
    } >"$work/body"

    left=${BEELINE_WAIT:-0}
    every=${BEELINE_EVERY:-30}
    before=
    while :; do
        send changes/gate/
        answer=$(text answer <"$said")
        number=$(text change <"$said")
        printf '%s\n' "$number" >"$kept"
        now="$number: $answer
$(text why <"$said")"
        if [ "$now" != "$before" ]; then
            printf '%s\n' "$now"
            before=$now
        fi
        case $answer in
        go) exit 0 ;;
        no) exit 20 ;;
        esac
        if [ "$left" -le 0 ]; then
            exit 10
        fi
        if [ "$every" -gt "$left" ]; then
            every=$left
        fi
        sleep "$every"
        left=$((left - every))
    done
}

report() {
    number=$(cat "$kept" 2>/dev/null) || true
    need BEELINE_FILE "$number" "the change that “ask” was told, in $kept"
    {
        comma=
        printf '{'
        pair url "${BEELINE_RUN_URL:-}"
        pair text "$1"
        printf '}\n'
    } >"$work/body"
    send "changes/$number/$what/"
    echo "$number: $(text result <"$said")"
}

if [ "$what" = ask ]; then
    ask
else
    report "${2:-}"
fi
