"""Workflows of GitHub Actions, rehearsed on this machine: their shell steps are run as the files hold them."""
