"""Texts by models, held to their sources.

`models/` asks an API or a local model and says who writes (`ladder`), `grounding/` holds each
sentence against the shop's texts, `training/` fine-tunes a local model; `sentences` cuts a text.
What is asked, and whether a person is needed, is decided before any of it.
"""
