#!/bin/sh
# Installs the Debian or Ubuntu packages that are missing.
#
#   deploy/need.sh PROGRAM=PACKAGE ...
#
# A package is wanted when PROGRAM is not on the PATH or, where it is a pattern of paths such as
# '/usr/lib/postgresql/*/bin/postgres', when no file matches it. Without root and without sudo, the missing
# packages are named and the exit status is 1.
set -eu

missing=""
for need in "$@"; do
    program=${need%%=*}
    package=${need#*=}
    case $program in
    # shellcheck disable=SC2086
    */*) ls $program ;;
    *) command -v "$program" ;;
    esac >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
else
    echo "These packages are missing; please install them:$missing" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This is neither Debian nor Ubuntu; please install the like of:$missing" >&2
    exit 1
fi
echo "Installing:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends $missing >/dev/null
