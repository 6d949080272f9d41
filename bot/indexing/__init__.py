"""From the knowledge folder to an index that can be searched.

`documents` reads the folder into entries (`entry`), by a reader for each format (`readers`);
`passages` cuts entries into what is searched and shown.
"""
