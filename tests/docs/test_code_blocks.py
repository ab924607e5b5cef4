"""Every code block of README and docs runs; see `page_blocks`."""

import os
import re
import shutil

import pytest
from page_blocks import ROOT, RUN, blocks_of, pages, run_blocks, write_data

#: Pages whose blocks take longer than a few seconds.
SLOW = {
    "README.md",
    "docs/conversion.md",
    "docs/exchange.md",
    "docs/your-network.md",
    "docs/tuning.md",
    "docs/your-data.md",
}
PAGES = [
    pytest.param(page, id=name, marks=pytest.mark.slow if name in SLOW else ())
    for page in pages()
    if (name := str(page.relative_to(ROOT)))
    and any(block.language != "text" for block in blocks_of(page))
]


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def folder(data, tmp_path, monkeypatch):
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(data))
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    # `install-lava --dry-run` looks for pip or uv, and an environment may have neither
    uv = tmp_path / "bin/uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\nexit 1\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(uv.parent), prepend=os.pathsep)
    for own in (*data.glob("*.npz"), *data.glob("*.net")):
        shutil.copy(own, tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_run(page):
    if left_out := run_blocks(page):
        pytest.skip(f"{len(left_out)} blocks left out: {'; '.join(left_out)}")


def test_the_blocks_of_the_readme_that_need_no_extra_run():
    run_blocks(ROOT / "README.md", extras=False)


def test_no_block_is_of_a_language_that_is_not_run():
    unknown = [b.place for page in pages() for b in blocks_of(page) if b.language not in RUN]
    assert unknown == [], f"give these one of the languages {', '.join(RUN)}"


def test_nothing_that_could_run_is_called_text():
    looks_like_code = re.compile(
        r"^\s*(\$ |lava-intsnn |python3? |pip |make [a-z]|import \w|from \w+(\.\w+)* import |>>> )",
        re.M,
    )
    hidden = [
        block.place
        for page in pages()
        for block in blocks_of(page)
        if block.language == "text" and looks_like_code.search(block.code)
    ]
    assert hidden == []
