"""From the knowledge folder to an index that can be searched.

`documents` has the folder read into entries (`entry`), by a reader for each format (`readers`) in a
process of its own (`reading`, `wire`);
`passages` cuts entries into what is searched and shown.
"""
