#!/usr/bin/env bash
# Make .venv: the newest Python from 3.13 down to 3.10 that is found, and the versions of
# constraints.txt. Safe to run again at any time.
#
# uv does the work. It is taken from PATH, or else installed into .tools by the system's Python,
# so nothing outside this folder is touched. PYTHON=/path/to/python overrides the search, VENV the
# folder, and EXTRAS what is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
VERSIONS="3.13 3.12 3.11 3.10"
VENV="${VENV:-.venv}"

say() { printf '%s\n' "$*" >&2; }
die() { say "make .venv: $1"; shift; for line in "$@"; do say "  $line"; done; exit 1; }

# Certificates added to the system (a company's proxy, say) count for uv too, as they do for pip.
if [[ -s /etc/ssl/certs/ca-certificates.crt ]]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
fi

# A Python on PATH need not run: pyenv's shim fails where .python-version names one it lacks.
system_python() {
    local candidate
    for candidate in python3 /usr/bin/python3 python3.1{0,1,2,3,4} python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

find_uv() {
    local python
    if uv --version >/dev/null 2>&1; then command -v uv; return; fi
    if .tools/bin/uv --version >/dev/null 2>&1; then echo "$PWD/.tools/bin/uv"; return; fi
    python=$(system_python) || die "no Python 3 was found." \
        "Install one (Debian, Ubuntu: apt install python3 python3-pip python3-venv)" \
        "or put uv on PATH, and run make again."
    rm -rf .tools
    say "installing uv into .tools with $python"
    if "$python" -c 'import ensurepip, venv' 2>/dev/null && "$python" -m venv .tools >&2; then
        .tools/bin/python -m pip install --quiet uv >&2 || die "pip could not install uv." \
            "Check the network, or install uv yourself and put it on PATH; then run make again."
    elif "$python" -m pip --version >/dev/null 2>&1; then
        # Debian ships venv without ensurepip; pip alone is enough for a private folder.
        rm -rf .tools
        "$python" -m pip install --quiet --target .tools uv >&2 || die "pip could not install uv." \
            "Check the network, or install uv yourself and put it on PATH; then run make again."
    else
        die "$python has neither a working venv module (ensurepip is missing) nor pip." \
            "Install them (Debian, Ubuntu: apt install python3-venv python3-pip)" \
            "or put uv on PATH, and run make again."
    fi
    echo "$PWD/.tools/bin/uv"
}

# Whether a Python runs, and is one of $VERSIONS or the given version.
suits() {
    local version
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
        && [[ " ${2:-$VERSIONS} " == *" $version "* ]]
}

find_python() {
    local candidate version
    if [[ -n "${PYTHON:-}" ]]; then
        suits "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.10, 3.11, 3.12 or 3.13." \
            "Give the path of one."
        command -v "$PYTHON"
        return
    fi
    for version in $VERSIONS; do
        for candidate in "python$version" python3 "/usr/bin/python$version" \
            "/usr/local/bin/python$version" \
            "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/"python$version"; do
            if suits "$candidate" "$version"; then command -v "$candidate"; return; fi
        done
        candidate=$(UV_PYTHON_DOWNLOADS=never "$UV" python find --no-project "$version" 2>/dev/null) \
            && suits "$candidate" "$version" && { echo "$candidate"; return; }
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
