"""Memory to pages: what the site holds, as plain data, and how it gets below a site folder.

The stages are `load` (records) -> `prepare` (pages as data) -> a generator (prose and frames; not ours) ->
`finish` (fill, copy, compare, write). This room does not know MkDocs: what it needs of a generator is a folder
with frames in it.
"""
