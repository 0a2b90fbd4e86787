from publisher.model.record import FileRef
from publisher.model.row import row_of
from publisher.publish.files.contents import Contents
from publisher.publish.notebooks.behind import MOST_READ, ShownNotebook, notebook_runs, shown_notebooks
from publisher.publish.notebooks.finding import Found
from tests.publish import samples

ID = samples.run_id


def runs_behind(tmp_path, *runs, sha256="a" * 64):
    """What the page of paper.ipynb says, of runs given as what they read and what they write."""
    project = samples.project_at(tmp_path)
    rows = [
        row_of(
            samples.record(
                project,
                number,
                inputs=[FileRef(path=f"{d[:4]}.csv", sha256=d, size=1) for d in read],
                outputs=[FileRef(path=p, sha256=d, size=1) for p, d in wrote.items()],
            ),
            f"{number}.yml",
        )
        for number, (read, wrote) in enumerate(runs, 1)
    ]
    notebook = Found(path="paper.ipynb", name="paper", sha256=sha256)
    return notebook_runs([notebook], rows, Contents(rows)).get("paper.ipynb")


def test_the_run_that_wrote_the_notebook_executed_it_and_what_it_read_leads_to_other_runs(tmp_path):
    found = runs_behind(
        tmp_path, ([], {"e.csv": "e" * 64}), (["e" * 64], {"paper.ipynb": "a" * 64}), ([], {"x": "c" * 64})
    )
    assert (found.executed, found.changed) == (ID(2), False)
    assert [each.id for each in found.read] == [ID(1)]


def test_a_notebook_that_was_changed_since_names_the_last_run_that_wrote_it(tmp_path):
    found = runs_behind(tmp_path, ([], {"paper.ipynb": "b" * 64}), ([], {"paper.ipynb": "c" * 64}))
    assert (found.executed, found.changed) == (ID(2), True)


def test_a_notebook_that_no_run_wrote_has_none(tmp_path):
    assert runs_behind(tmp_path, ([], {"other.ipynb": "b" * 64})) is None


def test_of_many_runs_that_it_read_the_first_are_named(tmp_path):
    digests = [f"{number:064x}" for number in range(1, MOST_READ + 4)]
    sources = [([], {"e.csv": digest}) for digest in digests]
    found = runs_behind(tmp_path, *sources, (digests, {"paper.ipynb": "a" * 64}))
    assert (len(found.read), found.more) == (MOST_READ, 3)


def test_a_run_leads_to_the_notebooks_among_its_files_as_it_left_them(tmp_path):
    project = samples.project_at(tmp_path)
    files = {
        "inputs": [FileRef(path="paper.ipynb", sha256="b" * 64), FileRef(path="old.ipynb", sha256="c" * 64)],
        "outputs": [FileRef(path="paper.ipynb", sha256="a" * 64), FileRef(path="x.csv", sha256="d" * 64)],
    }
    row = row_of(samples.record(project, 1, **files), "1.yml")
    notebooks = {
        path: Found(path=path, name=path.removesuffix(".ipynb"), sha256="a" * 64)
        for path in ("paper.ipynb", "old.ipynb", "other.ipynb")
    }
    assert shown_notebooks(row, notebooks) == {
        "old.ipynb": ShownNotebook(address="notebooks/old.html", changed=True),
        "paper.ipynb": ShownNotebook(address="notebooks/paper.html", changed=False),
    }
