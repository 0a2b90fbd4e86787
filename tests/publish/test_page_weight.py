"""The weight of a run's page as it is built, before it is compressed and without its figures."""

import re

from publisher.model.record import FileRef, Parameters
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from tests.publish import samples

MOST = 8192  #: bytes, see issue 3


def usual(project):
    """A run with 3 inputs, 4 outputs, 10 parameters, what it reads made by another; its neighbour and its reader."""
    samples.record(
        project,
        1,
        step="mesh",
        outputs=[samples.kept(project, f"data/mesh-{n}.csv", b"%d\n" % n) for n in range(3)],
    )
    for number in (2, 3):
        samples.record(
            project,
            number,
            parameters=Parameters(
                file="params.json",
                overrides={"seed": number},
                values={f"parameter_{n}": n / 7 for n in range(6)}
                | {"mesh": {"nx": 128, "ny": 128}, "scheme": "semi-implicit", "seed": number},
            ),
            inputs=[
                FileRef(
                    path=f"data/mesh-{n}.csv",
                    sha256=samples.kept(project, "x.csv", b"%d\n" % n).sha256,
                    size=2,
                )
                for n in range(3)
            ],
            outputs=[
                samples.kept(project, "out/energy.csv", b"energy %d\n" % number),
                samples.kept(project, "out/profile.csv", b"profile %d\n" % number),
                samples.kept(project, "out/metrics.json", b'{"a": %d}' % number),
                samples.kept(project, "out/field.png", samples.png(seed=number)),
            ],
            metrics={
                "exponent": 0.33123456789 + number,
                "energy": 12.787654321,
                "drift": 1.25e-17,
                "steps": 3739,
            },
            log=samples.log(project, b"step and energy\n" * 20),
        )
    samples.record(
        project,
        4,
        step="figure",
        inputs=[
            FileRef(
                path="out/energy.csv", sha256=samples.kept(project, "e.csv", b"energy 3\n").sha256, size=9
            )
        ],
        outputs=[samples.kept(project, "fig.png", samples.png(seed=9))],
    )
    return samples.run_id(3)


def test_the_page_of_a_usual_run_is_under_8_kb_without_its_figures(tmp_path):
    project = samples.project_at(tmp_path / "paper")
    run = usual(project)
    build(project, project.root / "site", MkDocs(None))
    page = (project.root / "site/runs" / f"{run}.html").read_text("utf-8")
    for part in ("Inputs", "Outputs", "Parameters", "Lineage", "Environment", "Log", "Differs", "unverified"):
        assert part in page
    assert "<figure>" in page
    assert len(re.sub(r"<figure>.*?</figure>", "", page, flags=re.DOTALL).encode()) < MOST
