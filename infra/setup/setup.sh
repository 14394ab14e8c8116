#!/bin/sh
# Makes the environment: setup.sh PYTHON VENV REQUIREMENTS. Running it again changes nothing that is right already.
set -eu
python=$1 venv=$2 requirements=$3

if [ -z "$python" ]; then
    echo "Shopfloor needs Python 3.11 or newer with its venv module: install it, or say make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
[ -x "$venv/bin/python" ] || { echo "Making $venv with $python"; "$python" -m venv "$venv"; }
if ! "$venv/bin/uv" --version >/dev/null 2>&1; then
    echo "Getting the installer"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements/bootstrap.txt"
fi
echo "Installing hash-locked packages"
"$venv/bin/uv" pip sync --quiet --python "$venv/bin/python" --require-hashes "$requirements/development.txt"
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
"$venv/bin/shopfloor" setup
