"""How heavy a site is."""

import pytest

from publisher.errors import UnreadableSettings
from publisher.publish.outlet.weight import excess, told, weighed
from publisher.store.project import read_settings

SIZES = {
    "index.html": 1_000,
    "runs/index.html": 2_000,
    "runs/aaaaaaaaaaaa.html": 3_000,
    "runs/aaaaaaaaaaaa.yml": 500,
    "artifacts/ab/ab.png": 90_000,
    "data/records.json": 4_000,
}


def test_parts_are_told_the_largest_first():
    assert told(weighed(SIZES)) == (
        "100 kB in 6 files: figures and other artifacts 90 kB, pages of runs 5.0 kB, data 4.0 kB, "
        "documentation 1.0 kB, records 500 B"
    )


def test_an_empty_site_has_a_weight():
    assert told(weighed({})) == "0 B in 0 files"


def test_a_site_that_is_too_large_is_told_with_its_largest_parts_and_what_to_do():
    said = excess(weighed(SIZES), 50_000)
    assert "100 kB, more than the 50 kB that `site.max_size` allows" in said
    assert "figures and other artifacts 90 kB, pages of runs 5.0 kB, data 4.0 kB" in said
    assert "publish: false" in said


def test_a_site_of_just_the_size_is_not_too_large():
    weight = weighed(SIZES)
    assert excess(weight, weight.size) == ""
    assert excess(weight, weight.size - 1) != ""


@pytest.mark.parametrize(
    ("text", "says"),
    [("site:\n  max_size: big\n", "`big` is no size"), ("site:\n  scripts: [http://a.b]\n", "is no origin")],
)
def test_settings_that_mean_nothing_are_refused_with_their_line(tmp_path, text, says):
    path = tmp_path / "publisher.yml"
    path.write_text(text)
    with pytest.raises(UnreadableSettings, match=says) as caught:
        read_settings(path)
    assert str(caught.value.where).endswith("publisher.yml:2")
