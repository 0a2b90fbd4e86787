from hypothesis import given
from hypothesis import strategies as st

from publisher.publish.listing import MOST_OF_LOG, last_lines, log_listing, patch_listing, visible
from publisher.publish.words import count


def text(listing):
    return "".join(piece.text for piece in listing.pieces)


def test_colours_of_a_terminal_become_styles():
    listing = log_listing(b"plain \x1b[1;31mred\x1b[0m plain\n")
    assert [(p.style, p.text) for p in listing.pieces] == [
        ("", "plain "),
        ("t-bold t-red", "red"),
        ("", " plain\n"),
    ]


def test_other_orders_to_a_terminal_are_dropped():
    listing = log_listing(b"a\x1b[2Kb\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d\x1b[38;5;196me\x07\x08\x00\n")
    assert text(listing) == "abcde\n"


def test_bytes_that_are_no_utf8_are_shown_as_unknown():
    assert text(log_listing(b"\xff\xfe ok\n")) == "\ufffd\ufffd ok\n"


def test_of_a_progress_bar_the_last_state_is_shown():
    assert text(log_listing(b" 1%\r50%\r100%\ndone\r\n")) == "100%\ndone\n"


def test_characters_that_turn_the_writing_are_made_visible():
    assert text(log_listing("a\u202eb\n".encode())) == "a\\u202eb\n"
    assert visible("x\u2066\x1b[31my") == "x\\u2066\ufffd[31my"


def test_of_a_long_log_beginning_and_end_are_shown():
    data = b"".join(b"line %06d\n" % n for n in range(50_000))
    listing = log_listing(data)
    shown = text(listing)
    assert shown.startswith("line 000000\n")
    assert shown.endswith("line 049999\n")
    assert f"{count(listing.hidden)} bytes are not shown" in shown
    assert len(shown) < MOST_OF_LOG + 200
    assert listing.lines == 50_000


def test_the_last_words_are_the_last_lines():
    listing = log_listing(b"one\ntwo\n\x1b[31mthree\x1b[0m\nfour\n")
    assert "".join(piece.text for piece in last_lines(listing, 2)).strip() == "three\nfour"


def test_a_patch_tells_added_from_removed():
    patch = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n"
    assert [(p.style, p.text) for p in patch_listing(patch).pieces] == [
        ("file", "diff --git a/x b/x\n"),
        ("meta", "--- a/x\n+++ b/x\n"),
        ("hunk", "@@ -1 +1 @@\n"),
        ("removed", "-old\n"),
        ("added", "+new\n"),
        ("", " same\n"),
    ]


@given(st.binary(max_size=400))
def test_no_log_can_order_the_page_about(data):
    shown = text(log_listing(data))
    assert not set(shown) & set(map(chr, [*range(9), *range(11, 32), 127, *range(128, 160)]))
