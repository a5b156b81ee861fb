#!/bin/sh
# Installs schemathesis, by which the API is held against its own description, into a folder of its own:
#
#   deploy/need-schemathesis.sh FOLDER
#
# Nothing is installed where it is there already.
set -eu

version=4.32.5
folder=$1
if [ -x "$folder/bin/schemathesis" ] && [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ]; then
    exit 0
fi
echo "Installing: schemathesis $version"
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install -q --disable-pip-version-check "schemathesis==$version"
echo "$version" >"$folder/version"
