"""What happened: figures over a period, for the desk's page, `bot report` and the API.

Start with `figures.py`, which says what each figure means; `facts.py` reads what they are made of,
`report.py` puts them together, and `plots.py` draws.
"""
