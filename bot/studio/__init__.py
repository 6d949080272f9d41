"""The studio: texts that sell, held to facts; reviews that are read. A person approves everything.

It stands beside the bot and uses the same catalogue, orders, knowledge, models and grounding.
"""
