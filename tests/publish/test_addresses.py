import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.publish import addresses

HEX = "ab" * 32


def test_a_run_has_one_flat_page_and_its_record_beside_it():
    assert addresses.run_page("7f3a9c1e5b02") == "runs/7f3a9c1e5b02.html"
    assert addresses.run_raw("7f3a9c1e5b02") == "runs/7f3a9c1e5b02.yml"


@pytest.mark.parametrize("run", ["../../../x", "7f3a9c1e5b0", "7F3A9C1E5B02", "7f3a9c1e5b02\n", "", "latest"])
def test_what_is_no_id_is_in_no_address(run):
    with pytest.raises(ValueError):
        addresses.run_page(run)


@pytest.mark.parametrize(
    "name",
    [
        "page.html",
        "x.HTM",
        "x.xhtml",
        "x.js",
        "x.xml",
        "x.shtml",
        "x.svgz",
        "x.xpdl",
        "x.xsd",
        "x.rdf",
        "x.wsdl",
        "x.rss",
        "x.ATOM",
        "x.mathml",
        "x.kml",
        "x.owl",
        "x.asis",
    ],
)
def test_a_file_that_a_browser_would_run_is_published_as_text(name):
    assert addresses.artifact(HEX, name).endswith(".txt")


def test_a_picture_keeps_its_suffix():
    assert addresses.artifact(f"sha256:{HEX}", "out/field.png") == f"artifacts/ab/{HEX}.png"
    assert addresses.artifact(HEX, "out/field.svg") == f"artifacts/ab/{HEX}.svg"


def test_notebooks_of_one_name_get_different_addresses_in_any_order():
    paths = ["plot.ipynb", "old/plot.ipynb", "Old/Plot.ipynb", "old-plot.ipynb", "index.ipynb", "ü.ipynb"]
    names = addresses.notebook_names(paths)
    assert names == addresses.notebook_names(reversed(paths))
    assert len({name.lower() for name in names.values()}) == len(paths)
    assert names["index.ipynb"] != "index"
    assert addresses.notebook_names(["analysis/growth.ipynb"]) == {"analysis/growth.ipynb": "growth"}


@given(st.lists(st.text(max_size=12), unique=True, max_size=8))
def test_every_notebook_has_an_address_of_its_own(stems):
    paths = [f"{stem}.ipynb" for stem in stems]
    names = addresses.notebook_names(paths)
    pages = [addresses.notebook_page(names[path]) for path in paths]
    assert len({page.lower() for page in pages}) == len(paths)
    assert all(addresses.is_inside(page) for page in pages)


@pytest.mark.parametrize("address", ["../x", "a/../../x", "/etc/x", "a//b", "a\\b", "C:x", "", "./a", "a/\0"])
def test_what_leads_out_of_a_folder_is_not_inside(address):
    assert not addresses.is_inside(address)


def test_from_a_page_the_top_is_as_far_as_it_is_deep():
    assert addresses.to_root(addresses.RUNS) == "../"
    assert addresses.to_root(addresses.HOME) == ""
