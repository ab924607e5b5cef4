"""Stacks in the paper's notation: shapes, sizes, what is refused."""

import pytest
from hypothesis import given, strategies as st

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.stack import Stack

LENET = "32C5-P2-64C5-P2-1000"
VGG = "96C3-256C3-P2-384C3-P2-384C3-256C3-P2-1024-1024"


def test_lenet_of_the_paper():
    stack = Stack(LENET, (28, 28, 1), 10)
    assert [block.weight_shape for block in stack.blocks] == [
        (32, 5, 5, 1),
        (32, 2, 2, 32),
        (64, 5, 5, 32),
        (64, 2, 2, 64),
        (1000, 4, 4, 64),
    ]
    assert [block.stride for block in stack.blocks] == [1, 2, 1, 2, 1]
    assert stack.n_features == 1000
    by_hand = 24**2 * 32 * 25 + 12**2 * 32 * 4 * 32 + 8**2 * 64 * 25 * 32
    by_hand += 4**2 * 64 * 4 * 64 + 1000 * 16 * 64 + 10_000
    assert stack.macs == by_hand


def test_vgg_of_the_paper():
    stack = Stack(VGG, (24, 24, 3), 10, padding="same")
    assert [block.out_shape for block in stack.blocks] == [
        (24, 24, 96),
        (24, 24, 256),
        (12, 12, 256),
        (12, 12, 384),
        (6, 6, 384),
        (6, 6, 384),
        (6, 6, 256),
        (3, 3, 256),
        (1, 1, 1024),
        (1, 1, 1024),
    ]
    assert stack.blocks[-1].weight_shape == (1024, 1, 1, 1024)


@given(st.data())
def test_windows_of_every_block_fit_their_input(data):
    padding = data.draw(st.sampled_from(("valid", "same")))
    size, channels = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 3))
    blocks = st.one_of(
        st.builds("{}C{}".format, st.integers(1, 4), st.integers(1, 5)),
        st.builds("P{}".format, st.integers(1, 3)),
        st.builds("{}".format, st.integers(1, 9)),
    )
    notation = "-".join(data.draw(st.lists(blocks, min_size=1, max_size=4)))
    try:
        stack = Stack(notation, (size, size, channels), 2, padding=padding)
    except ConversionError:
        return
    before = (size, size, channels)
    for word, block in zip(notation.split("-"), stack.blocks):
        assert block.in_shape == before
        for n, out in zip(before[:2], block.out_shape[:2]):
            # one window more would not fit
            assert (out - 1) * block.stride + block.kernel <= n + 2 * block.padding
            assert out * block.stride + block.kernel > n + 2 * block.padding
        if padding == "same" and "C" in word:
            assert block.out_shape[:2] == before[:2]
        if word.isdigit():
            assert block.out_shape == (1, 1, int(word))
        before = block.out_shape


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("32C5-Q2", (28, 28, 1), 10), r"block 'Q2' of '32C5-Q2' cannot be read: nCk is a conv"),
        (("", (28, 28, 1), 10), r"block '' of ''"),
        (("32c5", (28, 28, 1), 10), "cannot be read"),
        (("8C5", (4, 28, 1), 10), r"kernel of 5x5 and 8 channels does not fit an input of 4x28"),
        (("0C3", (28, 28, 1), 10), "0 channels does not fit"),
        (("P0", (28, 28, 1), 10), "kernel of 0x0"),
        (("10", (28, 27, 1), 10), r"needs a square input, found 28x27"),
        (("8C3", (28, 28), 10), r"Stack: in_shape = \(28, 28\): must be a tuple"),
        (("8C3", (28, 0, 1), 10), r"each at least 1"),
        (("8C3", (28, 28.0, 1), 10), r"in_shape\[1\] = 28\.0: must be an integer: write 28"),
        (("8C3", (28, 28, 1), 1), r"n_classes = 1: must be an integer in 2"),
        (("8C3", (28, 28, 1), 10, "full"), r"padding = 'full': must be one of valid, same"),
        (("8C4", (28, 28, 1), 10, "same"), r"needs an odd kernel, such as 8C5"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ConversionError, match=message):
        Stack(*arguments)
