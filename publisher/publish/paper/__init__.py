"""The paper: its home page, its figures, and what its author's prose asks for by name."""
