"""CIFAR-10 without files: what is downloaded, and what the errors tell."""

import hashlib
import http.server
import importlib
import threading

import numpy as np
import pytest
from cifar10_files import batches, tar_gz

from lava_intsnn.data import DataError, cifar10, load

# The package exports the function under the name of its module.
module = importlib.import_module("lava_intsnn.data.cifar10")


@pytest.fixture
def no_network(monkeypatch):
    import pooch
    import requests

    def refuse(*args, **kwargs):
        raise requests.exceptions.ConnectionError("no network in this test")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)


def test_a_data_directory_without_the_files_is_an_error_and_no_reason_to_download(tmp_path):
    with pytest.raises(DataError, match=r"cifar-10-batches-bin.*looked in CIFAR10, cifar10, \."):
        cifar10("test", data_dir=tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        cifar10("test", data_dir=tmp_path / "none")
    with pytest.raises(DataError, match="splits are 'train' and 'test'"):
        cifar10("validation", data_dir=tmp_path)


def test_without_a_network_the_error_tells_the_ways_out(tmp_path, no_network, monkeypatch):
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"could not be downloaded.*no network.*--data-dir") as e:
        cifar10("train")
    assert str(tmp_path) in str(e.value)


def test_download_false_touches_no_network(monkeypatch):
    import pooch

    monkeypatch.setattr(pooch, "retrieve", lambda *a, **k: pytest.fail("tried to download"))
    with pytest.raises(DataError, match="download=False"):
        cifar10("train", download=False)


@pytest.fixture
def server(monkeypatch):
    """Yield a server on this machine: what it serves, and the paths it was asked for."""
    served, asked = {}, []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            content = served["content"]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    at = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=at.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "URL", f"http://127.0.0.1:{at.server_port}/{module.ARCHIVE}")
    yield served, asked
    at.shutdown()
    at.server_close()
    thread.join()


def test_the_archive_is_downloaded_once_for_both_splits(server, monkeypatch):
    served, asked = server
    served["content"] = tar_gz({**batches("train")[0], **batches("test")[0]})
    monkeypatch.setattr(module, "MD5", hashlib.md5(served["content"]).hexdigest())
    for split in ("train", "test", "test"):
        data = load("cifar10", split)
        assert np.array_equal(data.maps, batches(split)[1])
        assert data.name == "cifar10"
    assert np.array_equal(cifar10("test", download=False).maps, batches("test")[1])
    assert asked == ["/cifar-10-binary.tar.gz"]


def test_a_download_with_another_checksum_is_refused_and_not_kept(server, tmp_path):
    served, asked = server
    served["content"] = tar_gz(batches("test")[0])
    with pytest.raises(DataError, match=r"could not be downloaded.*hash"):
        cifar10("test")
    assert len(asked) == 1
    assert [p for p in (tmp_path / "cache").rglob("*") if p.is_file()] == []
