"""Reading words in any language: encoder, tokens, detection, spelling, masks.

`encoder` turns texts into vectors; `embedder` exports it and `exports` keeps what was exported.
`heads` tells from a vector what `teaching` learned from `examples/`; `statistics` has what learning
and measuring share. `lexical` makes the tokens of BM25, `detect` says which language a text is in,
`wording` brings words to one spelling and loads the word lists in `lexicons/`, `spelling` finds the
word that a slip was meant for, `contacts` reads addresses and phones, `mask` hides them, `table`
reads CSV in any encoding, `money` reads and writes amounts, `quantities` numbers with their units.
`markdown` parses a text once for every channel (`commonmark` has the rules, `html` what becomes of
tags, `lines` the tree as lines), `sentences` cuts one. Nothing here knows a shop, a conversation or
a database.
"""
