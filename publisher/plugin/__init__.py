"""The door for site generators: the only room that knows MkDocs. It translates and decides nothing."""
