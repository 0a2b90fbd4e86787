import msgspec
import pytest

from publisher.model.project import FigureText, Settings
from publisher.model.record import FileRef
from publisher.model.row import row_of
from publisher.publish.paper.gallery import MOST_ON_PAGE, MOST_SEEN, MOST_SHOWN, figures_page
from publisher.publish.run.rerun import Kept
from tests.publish import samples

DIGEST = "ab" * 32


def figure(path):
    return FileRef(path=path, sha256=DIGEST, size=1, artifact=True)


def gallery(tmp_path, count, paths=("out/a.png",), settings=None):
    record = samples.record(samples.project_at(tmp_path), 1, outputs=[figure(path) for path in paths])
    row = row_of(record, "x.yml")
    rows = [msgspec.structs.replace(row, id=samples.run_id(number)) for number in range(count)]
    return figures_page(
        rows, lambda digest: Kept(address="artifacts/x.png", place=""), settings or Settings()
    )


def test_of_each_path_the_newest_figures_come_first_and_the_rest_is_folded(tmp_path):
    (group,) = gallery(tmp_path, MOST_SEEN + 3).groups
    assert group.figures[0].run == samples.run_id(MOST_SEEN + 2)
    assert (len(group.figures), len(group.folded), group.count) == (MOST_SEEN, 3, MOST_SEEN + 3)


def test_of_very_many_figures_the_page_holds_a_few_and_counts_the_rest(tmp_path):
    (group,) = gallery(tmp_path, MOST_SHOWN * 3).groups
    assert len(group.figures) + len(group.folded) == MOST_SHOWN
    assert group.count == MOST_SHOWN * 3


@pytest.mark.parametrize("paths", [20, 600])
def test_very_many_paths_share_the_page(tmp_path, paths):
    page = gallery(tmp_path, 60, tuple(f"out/{number}.png" for number in range(paths)))
    assert sum(len(g.figures) + len(g.folded) for g in page.groups) <= max(MOST_ON_PAGE, paths)
    assert all(group.figures for group in page.groups)


def test_words_for_figures_come_from_the_settings(tmp_path):
    settings = Settings(figures={"out/a.png": FigureText(alt="A line", caption="Energy")})
    (group,) = gallery(tmp_path, 1, settings=settings).groups
    assert (group.caption, group.figures[0].figure.alt) == ("Energy", "A line")
