"""Tests of the whole and of its rooms; they mirror `publisher/`."""
