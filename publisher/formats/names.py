"""Digits that name something: versions, numbers of sections, digests. They are never measured as numbers.

It knows the words that such digits stand after, or that a column or key of them is called by. Whoever is in doubt
should take digits for a name: then a change of them is seen whatever is tolerated.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Words after which digits are a name. Those with a point are abbreviations only with it.
_WORDS = (
    rb"versions?|ver\.?|release|revision|rev\.|python|julia|gcc|cuda|tables?|tabs?\.|sections?|sect?s?\.|"
    rb"figures?|figs?\.?|equations?|eqs?\.|chapters?|chap\.|appendix|algorithm|listing|theorem|lemma|pages?|pp?\.|"
    rb"issue|no\.|nos\.|doi|isbn|issn|arxiv|sha\d*|md5|hash|digest|checksum|commit|tag|uuid|id|build|pid|port|seed|job"
)
#: Such a word, what may stand between, and the digits with all that belongs to them.
AFTER_A_WORD = (
    rb"(?<![\w.\x80-\xff])(?=[A-Za-z\"'])(?:[\"']?(?i:"
    + _WORDS
    + rb")(?![\w\x80-\xff])[\s~:=#.({\[\"']*+|v(?![\w\x80-\xff])[\s.~]*+)"
    rb"[-+]?\.?\d[^\s,;)}\]]*+(?:\s+and\s+\d[^\s,;)}\]]*+)?"
)
_COLUMN = re.compile(
    r"(?:^|[^a-z])(?:version|release|revision|section|figure|doi|isbn|issn|arxiv|sha\d*|md5|hash|digest|checksum|"
    r"commit|tag|uuid|id|seed)(?:$|[^a-z])",
    re.IGNORECASE,
)


@lru_cache(4096)
def names_something(column: str) -> bool:
    """Whether what stands below this head of a column, or under this key, is a name even if it is digits."""
    return _COLUMN.search(column) is not None
