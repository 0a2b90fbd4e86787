"""Eyes to memory: a program is run, and what happened becomes a record."""
