#!/bin/sh
# floors.sh: a file includes headers of its own floor and of those below, never from above; and only the daemon has variables
# that outlive a call. Prints TAP.
set -eu
cd "$(dirname "$0")/.."
# Lowest first. reader stands beside wire: neither knows the other.
floors="base mail topic config store desk wire reader daemon ctl"
# Each line: the floors that this one may not see though they are below it.
forbidden() {
    case $1 in
    wire) echo "mail/mail.h topic config store desk" ;;
    reader) echo "topic/classify.h config store desk wire" ;;
    ctl) echo "daemon" ;;
    esac
}

height() {
    n=0
    for f in $floors; do
        n=$((n + 1))
        [ "$f" != "$1" ] || { echo $n; return; }
    done
    echo 0
}

wrong=$(
    for file in $(find src include -name '*.[ch]' | sort); do
        floor=${file#*/}
        floor=${floor%%/*}
        own=$(height "$floor")
        [ "$own" -gt 0 ] || { echo "$file: '$floor' is no floor: base, mail, … stand in tests/floors.sh"; continue; }
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file" | while read -r header; do
            case $header in */*) ;; *) continue ;; esac
            used=${header%%/*}
            h=$(height "$used")
            if [ "$h" -eq 0 ]; then
                echo "$file: \"$header\": '$used' is no floor"
            elif [ "$h" -gt "$own" ]; then
                echo "$file: \"$header\" is above its floor: $floor may see what stands before it in: $floors"
            fi
            for no in $(forbidden "$floor"); do
                case $header in "$no" | "$no"/*) echo "$file: \"$header\": $floor knows nothing of $no" ;; esac
            done
        done
        # A header of one's own, beside the sources, stays in its folder.
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\(\.\.[^"]*\)".*/\1/p' "$file" | while read -r header; do
            echo "$file: \"$header\": no way around the floors"
        done
    done
)

# What is written to after the start lies in .data and .bss; tables of constants do not. Known exceptions: the log is one for the process;
# converters are costly to open and kept; the languages' table is learnt once; the colours of a line live until it is printed.
exceptions="base/log.o mail/charset.o topic/language.o ctl/print.o"
mutable() {
    for object in $(find "$1/obj" -name '*.o' ! -path '*/daemon/*' | sort); do
        case " $exceptions " in *" ${object#"$1/obj/"} "*) continue ;; esac
        bytes=$(size -A "$object" | awk '$1 ~ /^\.(data|bss)(\.[^r]|$)/ && $1 !~ /\.data\.rel\.ro/ { n += $2 } END { print n + 0 }')
        [ "$bytes" = 0 ] || echo "$object: $bytes bytes of variables that outlive a call (nm -S shows them)"
    done
}

n=0 failed=0
say() { # NAME FAULTS
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "$2" | sed 's/^/#   /'
        failed=1
    fi
}
say "every file includes headers of its own floor and below only" "$wrong"
build=${BUILD:-build}
if [ -d "$build/obj" ] && ! nm "$build/obj/base/buf.o" 2>/dev/null | grep -q __asan; then
    say "no variable outside the daemon outlives a call" "$(mutable "$build")"
fi
echo "1..$n"
exit $failed
