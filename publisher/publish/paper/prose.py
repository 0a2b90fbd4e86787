"""Elements of an author's prose as HTML: what `elements` finds, through our templates."""

from __future__ import annotations

from publisher.errors import BrokenSite
from publisher.publish.frame.templates import Pages
from publisher.publish.paper.elements import Link
from publisher.publish.site import Site


class Prose:
    """Answers what prose asks for by name."""

    def __init__(self, site: Site, pages: Pages) -> None:
        """Say whose runs these are, and with which templates they are shown."""
        self._site = site
        self._pages = pages

    def link(self, name: str) -> Link:
        """The run that a name means.

        Raises:
            Unresolved: No published run, or more than one, answers to it.
        """
        return self._site.elements.run(name)

    def figure(self, name: str, alt: str, caption: str, root: str) -> str:
        """The HTML of a figure with the line that says which run made it.

        Raises:
            Unresolved: There is no such figure, or no alt text for it.
        """
        return self._shown("figure", self._site.elements.figure(name, alt, caption), root)

    def block(self, kind: str, text: str, root: str, *, titled: bool) -> str:
        """The HTML of a fenced block.

        Args:
            kind: `runs`, `plot` or `paper`.
            text: What stands in it.
            root: From the page to the top of the site.
            titled: The page has a title of its own.

        Raises:
            Unresolved: What stands in it cannot be understood.
        """
        elements = self._site.elements
        if kind == "runs":
            return self._shown("runs", elements.runs(text), root)
        if kind == "plot":
            return self._shown("plot", elements.plot(text), root)
        if text.strip():
            raise BrokenSite(
                "the block `paper` takes nothing",
                hint="what it shows is said in publisher.yml and CITATION.cff",
            )
        return self._shown("paper", self._site.head, root, titled=titled)

    def _shown(self, kind: str, element: object, root: str, *, titled: bool = False) -> str:
        context = {"kind": kind, "element": element, "root": root, "titled": titled}
        lines = self._pages.render("elements", context).splitlines()
        return "\n".join(line for line in lines if line.strip())
