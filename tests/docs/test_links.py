"""Relative links of README and docs lead to files and headings; outer ones are at least URLs."""

import re
from urllib.parse import urlsplit

import pytest
from page_blocks import ROOT, pages, tokens_of


def links_of(page):
    """Return the targets of links and images outside of code."""
    for token in tokens_of(page):
        for child in token.children or ():
            if child.type == "link_open":
                yield child.attrs["href"]
            elif child.type == "image":
                yield child.attrs["src"]


def anchors_of(page):
    """Return the names that headings get, on the site as on GitHub."""
    tokens = tokens_of(page)
    titles = [b.content for a, b in zip(tokens, tokens[1:]) if a.type == "heading_open"]
    plain = [re.sub(r"[^\w\s-]", "", title.lower()).strip() for title in titles]
    return {re.sub(r"\s+", "-", title) for title in plain}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in links_of(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("http", "https"), link
            assert "." in parts.netloc, link
            assert " " not in link
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.is_file(), f"{page.name}: {link}"
        if parts.fragment and target.suffix == ".md":
            assert parts.fragment in anchors_of(target), f"{page.name}: {link}"


def test_files_that_readme_names_exist():
    text = (ROOT / "README.md").read_text()
    for name in re.findall(r"`((?:benchmarks|tests|tutorials|docs)/[\w./-]+\.\w+)`", text):
        assert (ROOT / name).exists(), name
