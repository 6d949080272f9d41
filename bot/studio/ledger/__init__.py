"""Holds a draft to its product's records; `ledger` is where to start reading.

`mentions` finds what a sentence states that could be wrong; `ledger` finds the record behind each
and marks what has none; `wordings` learns from texts how values are worded; `remains` finds what is
no text for a shop at all. Facts are read by the same rules as in the chat (`writing/grounding`).
"""
