#!/usr/bin/env bash
# Make .venv: Python 3.10 and the versions of constraints.txt. Safe to run again at any time.
#
# uv does the work. It is taken from PATH, or else installed into .tools by the system's Python,
# so nothing outside this folder is touched. PYTHON=/path/to/python3.10 overrides the search.
set -euo pipefail
cd "$(dirname "$0")/.."

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

is_310() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; }

find_python310() {
    local candidate
    if [[ -n "${PYTHON:-}" ]]; then
        is_310 "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.10." \
            "lava-nc 0.10.0 runs on Python 3.10 only; give the path of one."
        command -v "$PYTHON"
        return
    fi
    for candidate in python3.10 python3 /usr/bin/python3.10 /usr/local/bin/python3.10 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python3.10; do
        if is_310 "$candidate"; then command -v "$candidate"; return; fi
    done
    candidate=$(UV_PYTHON_DOWNLOADS=never "$UV" python find --no-project 3.10 2>/dev/null) \
        && is_310 "$candidate" && { echo "$candidate"; return; }
    say "no Python 3.10 on this machine: uv tries to download one"
    "$UV" python install 3.10 >&2 && candidate=$("$UV" python find --no-project 3.10) \
        && { echo "$candidate"; return; }
    die "no Python 3.10 was found and none could be downloaded." \
        "lava-nc 0.10.0 runs on Python 3.10 only. Install it in one of these ways, then run make again:" \
        "  pyenv install 3.10" \
        "  apt install python3.10 python3.10-venv     (Ubuntu 22.04; elsewhere with the deadsnakes PPA)" \
        "  conda create -n py310 python=3.10          (then: make PYTHON=/path/to/envs/py310/bin/python)" \
        "If one lies elsewhere: make PYTHON=/path/to/python3.10"
}

EXTRAS="${EXTRAS:-test,dev,search,nir}"
UV=$(find_uv)
# A .venv of another Python, or one that was moved or half made, is made anew.
if ! is_310 .venv/bin/python || [[ -n "${PYTHON:-}" ]]; then
    python=$(find_python310)
    say "making .venv with $python"
    rm -rf .venv
    "$UV" venv --quiet --no-project --python "$python" .venv
fi
say "installing the versions of constraints.txt into .venv"
"$UV" pip install --quiet --python .venv/bin/python --constraint constraints.txt --editable ".[$EXTRAS]" \
    || die "the packages could not be installed (uv's message stands above)." \
        "Check the network; a proxy or mirror is set with UV_DEFAULT_INDEX or HTTPS_PROXY."
say "done: $(.venv/bin/python --version) in .venv"
