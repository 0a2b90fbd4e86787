"""What changed between two states of a paper: taken from what their sites show, as a page."""
