#!/bin/sh
# Resolves the packages of pyproject.toml into hash-locked lists without addresses: lock.sh UV [further uv options]
set -eu
uv=$1
shift
lists=infra/requirements
compile() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --custom-compile-command "make lock" --output-file "$lists/$output" "$@"
}
compile bootstrap.txt "$@" "$lists/bootstrap.in"
compile clients.txt "$@" "$lists/clients.in"
compile peers.txt "$@" "$lists/peers.in"
compile runtime.txt "$@" --override "$lists/overrides.txt" pyproject.toml
compile development.txt "$@" --override "$lists/overrides.txt" --extra dev pyproject.toml
compile training.txt "$@" --override "$lists/overrides.txt" --extra dev --extra training pyproject.toml
