"""Deskhand: a shop's customer-service bot. This is the map; `flow.py` is where to start reading.

    channel ──► inbox ──► conversation ──► retrieve ──► answer ──► decide ──► outbox ──► channel
                                                                     │
                                                                  tickets ──► the agents' desk

Getting in and out
    types        the nouns, and what a channel is       channels/  web, terminal; how to add one
    inbox        accept, claim, finish                  outbox     deliver, retry
    worker       runs the handler on each burst         leases     who works on what
    conversation status, turns, history                 live       wakes whoever is looking
What to say
    flow         one message's whole story              retrieve   FAISS and BM25 together
    answer       from passages to a reply               decide     reply, clarify or a person
    confidence   evidence to a probability              llm        the model, where one is set
    mood wishes  how they feel, what they want          smalltalk  greetings, thanks, goodbyes
    language wording   which language, one spelling of the same words
People
    escalate     opens tickets                          agents     take, reply, hand back, close
    users        names, roles, passwords                desk/      their pages
Knowledge
    indexing/    files → entries → passages → vectors → one immutable build; encoder, BM25
Ground
    db tables migrations/   one schema on SQLite and PostgreSQL
    errors       the error tree                         texts      every text, in both languages
    locales/ lexicons/ templates/ static/               data, no code
Operation
    cli app      parse and print · choose the classes   settings   every environment variable
    log metrics health doctor                           what an operator looks at

Imports point one way, from `cli` and `app` down to `types`; pyproject.toml holds the layers and
`tests/test_layers.py` checks them.
"""

__version__ = "0.1.0"
