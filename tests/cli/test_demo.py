"""The demo: what it promises, in its short form; and MNIST that is not there costs no time."""

import http.server
import json
import shlex
import threading

import numpy as np
import pytest

import lava_intsnn.cli.fetch as fetch
from lava_intsnn import data, presets
from lava_intsnn.cli import main, parser
from lava_intsnn.data import DataError
from lava_intsnn.data.mnist import FILES
from lava_intsnn.formats.checkpoint import load
from lava_intsnn.training.epochs import train
from lava_intsnn.training.evaluation import evaluate


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Return the folder and the output of ``demo --quick``."""
    folder = tmp_path_factory.mktemp("demo") / "new"
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda text="", **_: lines.append(str(text)))
        assert main(["demo", "--quick", "--out-dir", str(folder), "--json"]) == 0
    return folder, lines


def test_the_last_epoch_in_lava_ends_in_the_bits_of_the_engine(quick):
    folder, lines = quick
    found = json.loads(lines[-1])
    assert found["identical"] is True
    assert found["weights_identical"] == found["weights"] == 7400
    training = load(folder / "demo.npz")
    assert training.complete
    assert training.history[-1].epoch == 3
    # The same run without Lava, by the library.
    net = presets.digits_snn()
    learned, _ = data.digits("train").split_validation(200, seed=0)
    state = train(net, learned, epochs=3, progress=False)
    assert training.state.equals(state)
    assert found["test_accuracy"] == evaluate(net, state, data.digits("test")).accuracy


def test_it_draws_a_picture(quick):
    import matplotlib.image

    pixels = matplotlib.image.imread(quick[0] / "demo.png")
    assert pixels.shape[0] >= 1000
    assert pixels.shape[1] >= 1500
    assert len(np.unique(pixels[..., 0])) > 100


def test_what_it_suggests_are_commands(quick):
    _, lines = quick
    suggested = [line.split() for line in lines if line.startswith("   lava-intsnn ")]
    assert len(suggested) >= 4
    for words in suggested:
        parser().parse_args(words[1:])


def test_its_suggestions_on_the_checkpoint_work(quick, capsys):
    _, lines = quick
    for command in ("eval", "run"):
        (line,) = [line for line in lines if line.startswith(f"   lava-intsnn {command} ")]
        assert main(shlex.split(line)[1:]) == 0


def test_without_mnist_it_takes_the_small_digits(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fetch, "mnist_is_there", lambda data_dir: "not on this machine")
    monkeypatch.setattr(fetch, "download_mnist", lambda: False)
    from lava_intsnn.cli import demo
    from lava_intsnn.cli.console import Console

    args = parser().parse_args(["demo", "--out-dir", str(tmp_path)])
    assert demo._plan(Console(args), args).preset == "digits-snn"
    assert "taking the small digits" in capsys.readouterr().out
    monkeypatch.setattr(fetch, "download_mnist", lambda: True)
    assert demo._plan(Console(args), args).preset == "mnist-snn"


def test_a_folder_without_mnist_is_named_and_no_download_tried(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fetch, "download_mnist", lambda: pytest.fail("tried the network"))
    from lava_intsnn.cli import demo
    from lava_intsnn.cli.console import Console

    args = parser().parse_args(["demo", "--data-dir", str(tmp_path)])
    assert demo._plan(Console(args), args).preset == "digits-snn"
    assert str(tmp_path) in capsys.readouterr().out


def test_damaged_mnist_is_an_error(tmp_path):
    for names in FILES.values():
        for name in names:
            (tmp_path / name).write_bytes(b"\0\0\x08\x03")
    with pytest.raises(DataError, match="truncated"):
        fetch.mnist_is_there(str(tmp_path))


@pytest.fixture
def silent_server():
    """Accepts connections and never answers, as a blocked network does."""
    stop = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            stop.wait()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    stop.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("network", ["silent", "refusing"])
def test_a_dead_network_is_given_up(network, silent_server, monkeypatch):
    mirror = silent_server if network == "silent" else "http://127.0.0.1:9/"
    code = fetch._DOWNLOAD.replace("for mirror in MIRRORS", f"for mirror in [{mirror!r}]")
    assert mirror in code
    monkeypatch.setattr(fetch, "_DOWNLOAD", code)
    monkeypatch.setenv("no_proxy", "*")
    assert fetch.download_mnist() is False


def test_a_download_that_hangs_is_ended(monkeypatch):
    code = "import time\nprint('reachable', flush=True)\ntime.sleep(10**6)"
    monkeypatch.setattr(fetch, "_DOWNLOAD", code)
    monkeypatch.setattr(fetch, "DOWNLOAD_S", 0.5)
    assert fetch.download_mnist() is False


def test_an_output_that_is_a_file_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["demo", "--quick", "--out-dir", str(tmp_path / "file")]) == 2
    assert "is a file" in capsys.readouterr().err
