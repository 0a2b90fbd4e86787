"""All runs: which are shown, the table without a script, the data and the library that the explorer works with."""
