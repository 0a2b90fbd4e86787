"""Strangers' words in Markdown of ours: they stay text, and stay in their place. Pure."""

from __future__ import annotations

import re


def text_of(words: str) -> str:
    """Words on one line in which nothing means anything to Markdown, or to what renders it on GitHub.

    There a name behind `@` calls somebody, also where Markdown lets it pass: so a character without width follows.
    """
    words = words.replace("@", "@\u2060")
    return re.sub(r"([\\`*_{}\[\]<>|#!&~@$])", r"\\\1", re.sub(r"\s+", " ", words))
