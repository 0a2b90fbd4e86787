"""Editions: frozen sites, all of them on one branch that has a single commit."""
