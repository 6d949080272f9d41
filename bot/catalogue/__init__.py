"""Products as a table: from words to typed acts, and from acts to what the catalogue says.

`table` holds the products of one index build, `reading` what a message says in the catalogue's own
words, `understand` what it asks (`acts`), in view of the `focus`: a short one by `query`, a long
one by its `gist`; `search` finds, `describe` words it.
Nothing is told that the catalogue does not hold.
"""
