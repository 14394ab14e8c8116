#!/bin/sh
# Installs what wheels do not bring, through the system's package manager where it may; otherwise says the line to run.
# Without Tesseract everything but label reading works, so a failure here is told and not fatal.
set -u

languages_there() {
    command -v tesseract >/dev/null 2>&1 || return 1
    have=$(tesseract --list-langs 2>/dev/null)
    for language in eng jpn nor; do
        echo "$have" | grep -qx "$language" || return 1
    done
}

library_there() {
    ldconfig -p 2>/dev/null | grep -q 'libGL\.so\.1'
}

case $(uname -s) in
    Darwin) library_needed=false ;;
    *) library_needed=true ;;
esac
if languages_there && { [ "$library_needed" = false ] || library_there; }; then
    exit 0
fi

if command -v apt-get >/dev/null 2>&1; then
    refresh="apt-get update -qq"
    install="apt-get install -y -qq tesseract-ocr tesseract-ocr-eng tesseract-ocr-jpn tesseract-ocr-nor libgl1 libglib2.0-0"
elif command -v dnf >/dev/null 2>&1; then
    refresh=true
    install="dnf install -y -q tesseract tesseract-langpack-eng tesseract-langpack-jpn tesseract-langpack-nor mesa-libGL glib2"
elif command -v brew >/dev/null 2>&1; then
    refresh=true
    install="brew install --quiet tesseract tesseract-lang"
else
    echo "Labels will not be read: install Tesseract with English, Japanese and Norwegian data, and libGL, by hand." >&2
    exit 0
fi

as=""
if [ "$(id -u)" -ne 0 ] && [ "${install%% *}" != brew ]; then
    as="sudo -n"
    if ! sudo -n true >/dev/null 2>&1; then
        echo "Labels will not be read until you run: sudo $install" >&2
        exit 0
    fi
fi
echo "Installing Tesseract with its languages, and libGL"
if ! { $as $refresh && DEBIAN_FRONTEND=noninteractive $as $install; } >/dev/null 2>&1; then
    echo "Labels will not be read until you run: $install" >&2
fi
exit 0
