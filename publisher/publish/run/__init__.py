"""The page of one run, as plain data: what made this, and can I trust it?"""
