"""What decides the tests of CIFAR-10: their own files, which are small."""

import pytest
from cifar10_files import RECORDS

from lava_intsnn.data import cifar_binary


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """Neither the user's variable nor the user's cache decides these tests, and files are small."""
    monkeypatch.delenv("LAVA_INTSNN_DATA", raising=False)
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cifar_binary, "RECORDS", RECORDS)
