"""Foreign text in messages: readable as it is, and without power over a terminal."""

from lava_intsnn.printable_text import SHOWN, printable, printable_lines


def test_readable_text_stays():
    assert printable("Schicht 3: größer, 日本") == "Schicht 3: größer, 日本"
    assert printable(7) == "7"


def test_control_characters_are_escaped():
    assert printable("\x1b[2Ja\nb\x07\x9b\u202e\ud800") == r"\x1b[2Ja\nb\x07\x9b\u202e\ud800"


def test_long_text_is_cut():
    assert printable("x" * (SHOWN + 1)) == "x" * SHOWN + "..."
    assert printable("x" * SHOWN) == "x" * SHOWN


def test_messages_keep_their_lines():
    assert printable_lines("a:\n  - b\x1b[0m\tc\r") == "a:\n  - b\\x1b[0m\tc\\r"
