#!/usr/bin/env bash
# Build the sdist, and the wheel from it; install each into an empty environment of every Python
# that is found (or of those given as paths), and use it from another folder, read-only.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/pythons.sh
UV=$(find_uv)
root=$PWD
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1 LAVA_INTSNN_CACHE="$work/cache" MPLCONFIGDIR="$work/matplotlib"
unset PYTHONPATH

"$UV" build --quiet --no-config --out-dir "$work/dist" .
wheel=$(ls "$work"/dist/*.whl) sdist=$(ls "$work"/dist/*.tar.gz)
say "built $(basename "$sdist") and $(basename "$wheel")"

# What pip or uv would have to remove: all files of the package but caches of bytecode.
files() { find "$1" -path '*lava_intsnn*' -not -path '*__pycache__*' | sort; }

check() {
    local python=$1 venv="$work/$2" bin="$work/$2/bin" site out
    "$UV" venv --quiet --no-project --python "$python" "$venv"
    site=$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    "$UV" pip install --quiet --python "$bin/python" --constraint constraints.txt "$wheel"
    mkdir "$venv/elsewhere"
    cd "$venv/elsewhere"
    if ! "$bin/python" -c 'import lava.magma' 2>/dev/null; then
        out=$("$bin/lava-intsnn" verify digits-snn 2>&1) && die "verify ran without Lava"
        [[ "$out" == *install-lava* ]] || die "without Lava, verify says: $out"
        PATH="$(dirname "$UV"):$PATH" "$bin/lava-intsnn" install-lava >/dev/null 2>&1
    fi
    chmod -R a-w "$site/lava_intsnn"
    files "$site" > "$venv/before"
    [[ -f "$site/lava_intsnn/py.typed" ]] || die "the wheel has no py.typed"
    # It learns in the engine and in Lava, and compares both with the reference.
    "$bin/lava-intsnn" verify digits-snn --samples 20 --batch 10 >/dev/null
    files "$site" | diff "$venv/before" - || die "files were written into the installed package"
    chmod -R u+w "$site/lava_intsnn"
    "$UV" pip uninstall --quiet --python "$bin/python" lava-intsnn
    "$bin/python" -c 'import lava_intsnn' 2>/dev/null && die "after uninstall it can be imported"
    "$UV" pip install --quiet --python "$bin/python" --no-deps "$sdist"
    "$bin/lava-intsnn" --version >/dev/null
    "$UV" pip uninstall --quiet --python "$bin/python" lava-intsnn
    cd "$root"
    say "$("$bin/python" --version): installed, used and uninstalled"
}

if (($#)); then
    for python in "$@"; do check "$(command -v "$python")" "$(basename "$python")"; done
else
    for version in $VERSIONS; do
        if python=$(find_version "$version"); then check "$python" "venv-$version"; fi
    done
fi
