import pytest

from publisher.errors import BrokenSite
from publisher.publish.frame import frame

PAGE = (
    f'<html><head><title>{frame.TITLE} - Site</title><meta name="description" content="{frame.DESCRIPTION}">'
    f'<link rel="canonical" href="https://x.org/runs/publisher-frame.html"></head>'
    f"<body><nav>publisher-frame</nav>{frame.WHOLE}<footer></footer></body></html>"
)


def test_everything_goes_into_its_place():
    html = frame.Frame(PAGE, "runs/x.html").filled(
        "<h1>run</h1>", title="T", description="D", name="7f3a9c1e5b02"
    )
    assert html == (
        '<html><head><title>T - Site</title><meta name="description" content="D">'
        '<link rel="canonical" href="https://x.org/runs/7f3a9c1e5b02.html"></head>'
        "<body><nav>publisher-frame</nav><h1>run</h1><footer></footer></body></html>"
    )


def test_titles_are_escaped():
    html = frame.Frame(PAGE, "x").filled("", title="</title><script>", description='" onload="x', name="n")
    assert "<script>" not in html
    assert 'content="&quot; onload=&quot;x"' in html


def test_a_minifier_may_take_the_quotes_away():
    page = PAGE.replace('class="publisher-marker"', "class=publisher-marker")
    assert "inner" in frame.Frame(page, "x").filled("inner")


@pytest.mark.parametrize("page", ["<html></html>", PAGE + frame.PART, ""])
def test_a_page_without_one_place_for_the_content_is_an_error(page):
    with pytest.raises(BrokenSite) as error:
        frame.Frame(page, "runs/publisher-frame.html")
    assert "runs/publisher-frame.html" in str(error.value)
    assert "plugins: [search, publisher]" in str(error.value)


def test_content_with_a_marker_in_it_is_left_as_it_is():
    html = frame.Frame(PAGE, "x").filled(f"<p>{frame.TITLE} {frame.WHOLE}</p>", title="T", name="n")
    assert f"<p>{frame.TITLE} {frame.WHOLE}</p>" in html
