"""The badge: one picture a standing, the same bytes each time, that reads without its colours."""

import re
from xml.etree import ElementTree

import pytest

from publisher.publish.reproduction.badge import badge_svg
from publisher.publish.reproduction.standing import standing
from tests.publish.reproduction.test_standing import CASES, rows

SVG = "{http://www.w3.org/2000/svg}"
STANDINGS = [standing(rows(**counts)) for counts, *_ in CASES]


def drawn(**counts):
    return ElementTree.fromstring(badge_svg(standing(rows(**counts))))


@pytest.mark.parametrize("told", STANDINGS)
def test_it_is_one_well_formed_picture_with_a_name_and_a_meaning(told):
    root = ElementTree.fromstring(badge_svg(told))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    named = [root.find(f"*[@id='{each}']") for each in root.get("aria-labelledby").split()]
    assert [each.tag for each in named] == [f"{SVG}title", f"{SVG}desc"]
    assert "It says nothing of whether somebody else obtained the same results." in named[1].text


def test_its_text_is_the_claim_and_the_count():
    texts = [each.text for each in drawn(identical=24, unverified=2).iter(f"{SVG}text")]
    assert texts == ["re-run matches", "24 of 26 runs"]


def test_its_name_tells_the_day():
    title = drawn(identical=12, unverified=2).find(f"{SVG}title").text
    assert title == "re-run matches: 12 of 14 runs, last checked 12 Nov 2026"


def test_what_was_never_checked_has_no_day():
    assert drawn(unverified=2).find(f"{SVG}title").text == "not re-run: 2 runs"


def test_each_claim_has_a_shape_of_its_own():
    shapes = {told.mark.word: _shape(told) for told in STANDINGS}
    assert len(set(shapes.values())) == len(shapes) == 4


def _shape(told):
    return ElementTree.fromstring(badge_svg(told)).find(f"{SVG}path").get("d")


@pytest.mark.parametrize("told", STANDINGS)
def test_nothing_is_loaded_and_nothing_runs(told):
    text = badge_svg(told).decode().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.search(r"https?:|<script|<style|<image|<use|href|@|on\w+=", text) is None


@pytest.mark.parametrize("told", STANDINGS)
def test_white_text_is_read_on_both_grounds(told):
    root = ElementTree.fromstring(badge_svg(told))
    grounds = [each.get("fill") for each in root.find(f"{SVG}g").iter(f"{SVG}rect")]
    assert len(grounds) == 2
    assert min(1.05 / (_light(each) + 0.05) for each in grounds) >= 4.5


def _light(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("told", STANDINGS)
def test_the_texts_stay_in_their_halves(told):
    root = ElementTree.fromstring(badge_svg(told))
    left, right = root.iter(f"{SVG}text")
    middle = int(root.find(f"{SVG}g")[1].get("x"))
    assert int(left.get("x")) + int(left.get("textLength")) < middle
    assert middle < int(right.get("x"))
    assert int(right.get("x")) + int(right.get("textLength")) < int(root.get("width"))


def test_the_same_runs_give_the_same_bytes_in_any_order():
    made = rows(identical=3, blocked=1)
    assert badge_svg(standing(made)) == badge_svg(standing(made[::-1]))
