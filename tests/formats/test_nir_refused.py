"""NIR files with graphs that are none: each is refused by name."""

from __future__ import annotations

import json
import re

import h5py
import numpy as np
import pytest
from exchange_networks import NETWORKS

from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.nir import export_nir, import_nir, read_nir
from lava_intsnn.formats.nir.sidecar import GROUP, detach
from lava_intsnn.state import initial_state
from lava_intsnn.storage import FileFormatError
from lava_intsnn.storage.foreign_hdf5 import read_tree

DT = 1e-4


def node(kind, **fields):
    return {"type": kind, **fields}


def lif(n, **fields):
    one = np.ones(n)
    return node(
        "LIF", **{"tau": 2 * DT * one, "r": one, "v_leak": 0 * one, "v_threshold": one, **fields}
    )


def plain(**changes):
    """A graph that is fine, apart from changed nodes; None removes one."""
    nodes = {
        "in": node("Input", shape=np.array([4])),
        "w": node("Linear", weight=np.eye(3, 4)),
        "lif": lif(3),
        "out": node("Output", shape=np.array([3])),
    }
    nodes |= changes
    return {name: content for name, content in nodes.items() if content is not None}


EDGES = [("in", "w"), ("w", "lif"), ("lif", "out")]


def write(path, nodes, edges=EDGES, *, version="1.0.8", top=None):
    """Write a graph as nir does, whatever it is."""

    def put(group, content):
        for name, value in content.items():
            if isinstance(value, dict):
                put(group.create_group(name), value)
            elif value is not None:
                group[name] = value

    with h5py.File(path, "w") as file:
        file["version"] = version
        graph = {"type": "NIRGraph", "nodes": nodes, "edges": pairs(edges)}
        put(file.create_group("node"), graph if top is None else top)
    return path


def pairs(edges):
    return np.array(edges, dtype=h5py.string_dtype()).reshape(-1, 2)


def sub(edges, **nodes):
    return {"type": "NIRGraph", "nodes": nodes, "edges": pairs(edges)}


def conv(in_shape, weight, padding=0):
    return node(
        "Conv2d",
        input_shape=np.array(in_shape),
        weight=weight,
        bias=np.zeros(len(weight)),
        stride=np.array([1, 1]),
        padding=np.array([padding, padding]),
        dilation=np.array([1, 1]),
        groups=1,
    )


CIRCLE = [*EDGES, ("lif", "a"), ("a", "b"), ("b", "a"), ("a", "lif")]
BAD = {
    "an edge to no node": (plain(), [*EDGES, ("lif", "gone")], "edge 'lif' -> 'gone': .*no node"),
    "an edge from no node": (plain(), [*EDGES, ("gone", "lif")], "edge 'gone' -> 'lif': .*no node"),
    "the same edge twice": (plain(), [*EDGES, ("w", "lif")], "edge 'w' -> 'lif' is there 2 times"),
    "edges that are no pairs": (plain(), [("in", "w"), ("lif", "out")], "is not between"),
    "a node on no way": (
        plain(more=lif(3)),
        [*EDGES, ("w", "more")],
        "node 'more' is not between input and output",
    ),
    "no input": (plain(**{"in": None}), EDGES[1:], "0 nodes of kind Input"),
    "two outputs": (
        plain(out2=node("Output", shape=np.array([3]))),
        [*EDGES, ("lif", "out2")],
        "2 nodes of kind Output",
    ),
    "linear nodes in a circle": (
        plain(a=node("Linear", weight=np.eye(3)), b=node("Linear", weight=np.eye(3))),
        CIRCLE,
        "is in a circle without neurons",
    ),
    "shapes that do not meet": (
        plain(w=node("Linear", weight=np.eye(3, 5))),
        EDGES,
        r"node 'w': 5 inputs, where \(4,\) comes in",
    ),
    "parameters of too many neurons": (plain(lif=lif(5)), EDGES, "tau for 5 neurons, where .* 3"),
    "an output of another size": (
        plain(out=node("Output", shape=np.array([7]))),
        EDGES,
        r"node 'out': Output of shape \(7,\)",
    ),
    "an unknown kind": (plain(lif=node("Lif")), EDGES, "node 'lif': Lif has no counterpart.*'LIF'"),
    "a field that the kind has not": (
        plain(lif=lif(3, colour=np.ones(3))),
        EDGES,
        "node 'lif': LIF has no field 'colour'",
    ),
    "text in place of numbers": (plain(w=node("Linear", weight="x")), EDGES, "must be numbers"),
    "a weight of another dimension": (
        plain(w=node("Linear", weight=np.ones((2, 3, 4)))),
        EDGES,
        "must have 2 dimensions",
    ),
    "an input of too many neurons": (
        plain(**{"in": node("Input", shape=np.array([1 << 20, 1 << 20]))}),
        EDGES,
        "1 to 4 sizes of up to 1048576 neurons",
    ),
    "sizes below 0": (plain(**{"in": node("Input", shape=np.array([-4]))}), EDGES, "shape = .-4."),
    "a convolution far too large": (
        plain(
            **{"in": node("Input", shape=np.array([1, 4, 4]))},
            w=conv((4, 4), np.ones((2, 1, 1, 1)), padding=1 << 19),
        ),
        EDGES,
        "more than 1048576 outputs",
    ),
    "convolutions that take too long to multiply": (
        plain(
            **{"in": node("Input", shape=np.array([1, 45, 45]))},
            w=conv((45, 45), np.ones((2, 1, 33, 33)), padding=16),
            v=conv((45, 45), np.ones((1, 2, 33, 33)), padding=16),
            lif=lif(1),
        ),
        [("in", "w"), ("w", "v"), ("v", "lif"), ("lif", "out")],
        "node 'lif': Conv2d and Conv2d as a matrix of 2025 by 2025",
    ),
    "too many nodes": (
        plain(**{f"x{k}": node("Scale", scale=1.0) for k in range(2100)}),
        EDGES,
        "more than 2000 nodes",
    ),
    "a name with control characters": (
        plain(**{"\x1b[31mred": node("Nothing")}),
        EDGES,
        r"node '\\\\x1b\[31mred'",
    ),
    "a sub-graph without an output": (
        plain(lif=sub([], lif=lif(3))),
        EDGES,
        "sub-graph 'lif' has 0 inputs and 0 outputs",
    ),
    "an edge to no node of a sub-graph": (
        plain(lif=sub([("i", "x")], i=node("Input", shape=np.array([3])))),
        EDGES,
        "in sub-graph 'lif': edge 'i' -> 'x': there is no node 'x'",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_graph_that_is_none_is_refused_by_name(what, tmp_path):
    nodes, edges, expected = BAD[what]
    with pytest.raises(ExchangeError, match="does not fit our networks") as refused:
        import_nir(write(tmp_path / "g.nir", nodes, edges), steps=3)
    assert any(re.search(expected, finding) for finding in refused.value.findings)
    assert "\x1b" not in str(refused.value)


def test_the_graph_that_these_change_is_fine(tmp_path):
    assert read_nir(write(tmp_path / "g.nir", plain()), steps=3).network.shape == (4, 3)


OLDER = {
    "Conv2d without input_shape": plain(
        w=node("Conv2d", **dict.fromkeys(("weight", "bias"), np.ones(1)), groups=1)
    ),
    "LIF with parameters of different shapes": plain(lif=lif(3, r=1.0, v_leak=0.0)),
    "CubaLIF without tau_syn": plain(
        lif=node("CubaLIF", **{k: np.ones(3) for k in ("tau_mem", "r", "v_leak", "v_threshold")})
    ),
}


@pytest.mark.parametrize("what", OLDER)
def test_older_layouts_say_so(what, tmp_path):
    path = write(tmp_path / "g.nir", OLDER[what], version="0.2.0")
    with pytest.raises(ExchangeError, match=f"{what}.* older layout .* nir itself no longer reads"):
        import_nir(path, steps=3)


def test_sub_graphs_of_older_files_say_so(tmp_path):
    """Their parts were nodes of the graph, and edges went to a name that none of them has."""
    nodes = plain(lif=None, **{"lif.input": node("Input", shape=np.array([3])), "lif.lif": lif(3)})
    edges = [*EDGES, ("lif.input", "lif.lif")]
    with pytest.raises(ExchangeError, match="older layout of sub-graphs, which the package nir"):
        import_nir(write(tmp_path / "g.nir", nodes, edges), steps=3)


@pytest.mark.parametrize(
    ("top", "expected"),
    [({"type": "LIF"}, "holds no NIR graph"), ({"type": "NIRGraph"}, "a graph without nodes")],
)
def test_what_is_no_graph_is_refused(top, expected, tmp_path):
    with pytest.raises(ExchangeError, match=expected):
        import_nir(write(tmp_path / "g.nir", {}, top=top), steps=3)


def test_deep_sub_graphs_are_refused(tmp_path):
    inner = sub([], lif=lif(3))
    for _ in range(10):
        inner = sub([], inner=inner)
    with pytest.raises(ExchangeError, match="sub-graphs more than 8 deep"):
        import_nir(write(tmp_path / "g.nir", plain(lif=inner)), steps=3)


# --- the exact integers -------------------------------------------------------------------------


@pytest.fixture
def exported(tmp_path):
    pytest.importorskip("nir", reason="nir is not installed (extra: nir)")
    net = NETWORKS["dense"]
    export_nir(net, initial_state(net, seed=1), tmp_path / "a.nir")
    return tmp_path / "a.nir"


def forged(path, change):
    """Change the integers in a file, and their digest with them."""
    from lava_intsnn.formats.nir import sidecar

    with h5py.File(path, "r+") as file:
        group = file[f"node/metadata/{GROUP}"]
        header = json.loads(group["header"][()])
        change(header, group)
        if "header" in group:
            del group["header"]
        group["header"] = json.dumps(header)
    tree = read_tree(path, what="NIR")
    content = dict(tree["node"]["metadata"][GROUP])
    content.pop("sha256")
    with h5py.File(path, "r+") as file:
        group = file[f"node/metadata/{GROUP}"]
        del group["sha256"]
        group["sha256"] = sidecar._digest(tree["node"], content)
    return path


def too_wide(header, group):
    header["network"]["layers"][1]["n_in"] = header["network"]["layers"][0]["n_out"] = 1 << 20
    header["network"]["steps"] = 4096


def other_weights(header, group):
    del group["w0"]
    group["w0"] = np.zeros((3, 3), np.int32)


FORGED = {
    "a network that check() refuses": (too_wide, "."),
    "a layer without weights": (lambda header, group: group.__delitem__("w1"), "w1"),
    "weights of another shape": (other_weights, "layer 0: weights are"),
    "an unknown kind": (
        lambda header, group: header["network"]["layers"][0].update(kind="x"),
        "layer kind 'x'",
    ),
    "a seed that is text": (lambda header, group: header.update(seed="x"), "seed"),
    "no network": (lambda header, group: header.pop("network"), "network"),
    "a version that is none": (lambda header, group: header.update(version="x"), "version|'>'"),
}


@pytest.mark.parametrize("what", FORGED)
def test_integers_that_are_no_network_are_an_error(what, exported):
    change, expected = FORGED[what]
    path = forged(exported, change)
    with pytest.raises(ExchangeError, match="integers that are no network of ours") as refused:
        import_nir(path, steps=3)
    assert re.search(expected, refused.value.findings[0])


def test_integers_of_a_newer_version_are_left_alone(exported):
    path = forged(exported, lambda header, group: header.update(version=99))
    assert "version 99, newer than" in detach("a", read_tree(path, what="NIR"))


def test_an_unsigned_change_makes_a_graph_of_floats(exported):
    with h5py.File(exported, "r+") as file:
        file[f"node/metadata/{GROUP}/w0"][0, 0] += 1
    with pytest.raises(ExchangeError, match="have been changed.*\n.*pass steps"):
        import_nir(exported)


def test_a_link_to_another_file_is_refused(tmp_path):
    write(tmp_path / "g.nir", plain())
    with h5py.File(tmp_path / "g.nir", "r+") as file:
        file["node/nodes/x"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/")
    with pytest.raises(FileFormatError, match="link"):
        import_nir(tmp_path / "g.nir", steps=3)
