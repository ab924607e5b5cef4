#!/usr/bin/env bash
# Make .venv: the newest Python from 3.13 down to 3.10 that is found, and the versions of
# constraints.txt. Safe to run again at any time.
#
# PYTHON=/path/to/python overrides the search, VENV the folder, and EXTRAS what is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV="${VENV:-.venv}"
. scripts/pythons.sh

find_python() {
    local candidate version
    if [[ -n "${PYTHON:-}" ]]; then
        suits "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.10, 3.11, 3.12 or 3.13." \
            "Give the path of one."
        command -v "$PYTHON"
        return
    fi
    for version in $VERSIONS; do
        if find_version "$version"; then return; fi
    done
    say "no Python 3.10 to 3.13 on this machine: uv tries to download one"
    version=${VERSIONS%% *}
    "$UV" python install "$version" >&2 && candidate=$("$UV" python find --no-project "$version") \
        && { echo "$candidate"; return; }
    die "no Python 3.10 to 3.13 was found and none could be downloaded." \
        "Install one in one of these ways, then run make again:" \
        "  apt install python3 python3-venv           (Debian 12 and newer, Ubuntu 22.04 and newer)" \
        "  pyenv install $version" \
        "  conda create -n snn python=$version          (then: make PYTHON=/path/to/envs/snn/bin/python)" \
        "If one lies elsewhere: make PYTHON=/path/to/python"
}

EXTRAS="${EXTRAS:-test,dev,search,nir}"
UV=$(find_uv)
# A folder that was moved or half made, or whose Python is gone or too old, is made anew.
if [[ -n "${PYTHON:-}" ]] || ! suits "$VENV/bin/python"; then
    python=$(find_python)
    say "making $VENV with $python"
    rm -rf "$VENV"
    "$UV" venv --quiet --no-project --python "$python" "$VENV"
fi
say "installing the versions of constraints.txt into $VENV"
install() { "$UV" pip install --quiet --python "$VENV/bin/python" --constraint constraints.txt "$@"; }
no_packages() {
    die "the packages could not be installed (the message stands above)." \
        "Check the network; a proxy or mirror is set with UV_DEFAULT_INDEX or HTTPS_PROXY."
}
install --editable ".[$EXTRAS]" || no_packages
# Lava's metadata refuses any Python but 3.10; this command sets it aside, with uv.
PATH="$(dirname "$UV"):$PATH" "$VENV/bin/lava-intsnn" install-lava >&2 || no_packages
say "done: $("$VENV/bin/python" --version) in $VENV"
