#!/usr/bin/env bash
# Write constraints.txt: the newest versions of everything, all extras included, that go together.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .tools/bin/uv)
{
    echo "# Exact versions for each Python, all extras; written by \`make constraints\`."
    "$uv" pip compile --quiet --upgrade --all-extras --universal --python-version 3.10 \
        --no-annotate --no-header --no-emit-index-url pyproject.toml
} > constraints.txt.new
mv constraints.txt.new constraints.txt
