# To be sourced, in the root of the repository: finding uv, and Pythons that this package supports.
#
# uv is taken from PATH, or else installed into .tools by the system's Python, so nothing outside
# this folder is touched.

# Newest first.
VERSIONS="3.13 3.12 3.11 3.10"

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $1"; shift; for line in "$@"; do say "  $line"; done; exit 1; }

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

# Print the path of a Python of the version $1; fails where there is none.
find_version() {
    local candidate
    for candidate in "python$1" python3 "/usr/bin/python$1" "/usr/local/bin/python$1" \
        "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/"python$1"; do
        if suits "$candidate" "$1"; then command -v "$candidate"; return; fi
    done
    candidate=$(UV_PYTHON_DOWNLOADS=never "$UV" python find --no-project "$1" 2>/dev/null) \
        && suits "$candidate" "$1" && echo "$candidate"
}
