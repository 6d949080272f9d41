"""Reading words in any language: encoder, tokens, detection, spelling, masks.

`encoder` turns texts into vectors, `embedder` exports it once; `lexical` makes the tokens of BM25,
`detect` says which language a text is in, `wording` brings words to one spelling and loads the word
lists in `lexicons/`, `heads` tells from a vector what `teaching` learned from `examples/`,
`contacts` reads addresses and phones, `mask` hides them, `table` reads CSV in
any encoding. Nothing here knows a shop, a conversation or a database.
"""
