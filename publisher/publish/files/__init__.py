"""Files by content: which run made this one, which read it, what two runs have otherwise."""
