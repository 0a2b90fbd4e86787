"""What an SVG may hold, and the copy of one that holds more."""

import gzip
import io
import subprocess
from pathlib import Path

import matplotlib
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from publisher.publish.svg import clean_declarations, clean_sheet, examine
from tests.support.hostile_svg import EVIL, HOSTILE, svg
from tests.tools import need

CASES = Path(__file__).parents[1] / "cases/svg"


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_more_than_draw_is_not_served_as_it_is(name):
    drawing = examine(HOSTILE[name])
    assert not drawing.only_draws
    assert drawing.removed


@pytest.mark.parametrize("name", HOSTILE)
def test_its_copy_only_draws(name):
    copy = examine(HOSTILE[name]).copy
    assert examine(copy).only_draws
    for trace in (b"<script", b"onload", b"javascript:", b"evil.example"):
        assert trace not in copy.lower()


@pytest.mark.parametrize("fonts", ["path", "none"])
def test_a_figure_of_matplotlib_is_served_as_it_is(fonts):
    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    with plt.rc_context({"svg.fonttype": fonts}):
        figure, axes = plt.subplots(1, 2)
        axes[0].plot(range(9), label="é $x^2$ <&>", marker="o")
        axes[0].legend()
        axes[0].fill_between(range(5), range(5), hatch="//")
        figure.colorbar(axes[1].imshow([[1, 2], [3, 4]]))
        made = io.BytesIO()
        figure.savefig(made, format="svg")
        plt.close(figure)
    assert examine(made.getvalue()).removed == []


def test_a_plot_of_vega_is_served_as_it_is():
    stops = [{"offset": 0, "color": "white"}, {"offset": 1, "color": "green"}]
    plot = {
        "data": {"values": [{"a": each, "b": each**2} for each in range(9)]},
        "mark": {"type": "area", "color": {"gradient": "linear", "stops": stops}},
        "encoding": {
            "x": {"field": "a", "type": "quantitative"},
            "y": {"field": "b", "type": "quantitative"},
        },
    }
    assert examine(vl_convert.vegalite_to_svg(plot).encode()).removed == []


def test_a_plot_of_r_is_served_as_it_is(tmp_path):
    program = 'svg("plot.svg"); plot(1:10, main="é"); hist(c(1, 2, 2)); invisible(dev.off())'
    subprocess.run([need("Rscript"), "-e", program], cwd=tmp_path, check=True)
    assert examine((tmp_path / "plot.svg").read_bytes()).removed == []


@pytest.mark.parametrize("name", sorted(each.name for each in CASES.glob("*.svg")))
def test_drawings_of_other_programs_are_served_as_they_are(name):
    assert examine((CASES / name).read_bytes()).removed == []


PLOTLY = (
    '<svg class="main-svg" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="700"'
    ' height="500" style="" viewBox="0 0 700 500"><rect x="0" y="0" width="700" height="500" style="fill: rgb(255, 255,'
    ' 255); fill-opacity: 1;"/><defs id="defs-1"><g class="clips"><clipPath id="clip1xyplot" class="plotclip"><rect'
    ' width="540" height="320"/></clipPath></g></defs><g class="plot" transform="translate(80,100)"'
    ' clip-path="url(#clip1xyplot)"><path class="js-line" style="vector-effect: none; fill: none; stroke: rgb(99, 110,'
    ' 250); stroke-width: 2px;" d="M0,9L5,5"/></g><g class="xtitle"><text style="font-family: \'Open Sans\', verdana;'
    ' font-size: 12px; white-space: pre;" x="0" y="13" data-unformatted="t" data-math="N" text-anchor="middle">t</text>'
    "</g></svg>"
)


def test_a_static_figure_of_plotly_is_served_as_it_is():
    assert examine(PLOTLY.encode()).removed == []


def test_what_is_drawn_stays_in_a_copy():
    inner = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient><path id="p" d="M0 0h9"/>'
        '<clipPath id="c"><rect width="9" height="9"/></clipPath></defs><style><![CDATA[.a > b{fill:red} @import "x";'
        ' .b{stroke:url(#g);background:url(http://x/)}]]></style><use xlink:href="#p" clip-path="url(#c)" class="a"/>'
        '<text font-family="\'DejaVu Sans\'" style="fill:url(#g);cursor:url(http://x/)">a &lt; b &amp; é</text>'
        '<image href="data:image/png;base64,iVBORw0KGgo="/><script>1</script>'
    )
    copy = examine(svg(inner).encode()).copy.decode()
    for piece in (
        '<stop offset="0" stop-color="red">', '<use xlink:href="#p" clip-path="url(#c)" class="a">', ".a &gt; b{fill:red}",
        "{stroke:url(#g)}", "font-family=\"'DejaVu Sans'\" style=\"fill:url(#g)\"", "a &lt; b &amp; é",
        'href="data:image/png;base64,iVBORw0KGgo="',
    ):  # fmt: skip
        assert piece in copy
    assert "http://x" not in copy


def test_what_was_left_out_is_named():
    removed = examine(svg(f'<script/><a href="{EVIL}"/><g onclick="x"/>').encode()).removed
    assert removed == ["an element `script`", "a link", "an attribute `onclick`"]


@pytest.mark.parametrize("data", [b"", b"<svg", gzip.compress(b"x", mtime=0), HOSTILE["laughs"]])
def test_a_file_that_cannot_be_read_has_a_copy_that_says_so(data):
    drawing = examine(data)
    assert not drawing.readable
    assert b"cannot be shown safely" in drawing.copy


@given(st.text(alphabet="ab:;{}()@\\\"'/*# \0url.-", max_size=40))
def test_no_style_comes_through_a_second_time_otherwise(text):
    for clean in (clean_sheet, clean_declarations):
        made, _ = clean(text)
        assert clean(made)[1]
        assert "@" not in made and "\\" not in made
