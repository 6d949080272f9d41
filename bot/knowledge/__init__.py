"""From the knowledge folder to an answer's evidence.

`documents` reads the folder into entries (`entry`), by a reader for each format (`readers/`);
`passages` cuts entries into what is searched and shown; `build` embeds them (`vectors`) into one
immutable, checksummed build (`builds`), `index` loads it, `postings` are BM25. `retriever` asks
both and joins them (`langchain_retriever` for others' chains), `confidence` makes a probability of
the evidence; `calibrate` fits it, `evaluate` measures.
"""
