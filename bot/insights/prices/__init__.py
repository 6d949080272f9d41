"""Price hints: what a shop's own orders say of how buyers take to a price. Never a change of one.

    history     orders as weeks: pieces sold, at which price, and how busy the shop was
    elasticity  how much more or less is bought at another price, with its interval
    limits      what the owner allows, and what others ask: from a CSV file
    hints       a suggestion with its expected range, or why there is none

Start with `hints.py`.
"""
