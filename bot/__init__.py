"""Deskhand: a shop's customer-service bot. Start reading at `dialogue/flow.py`.

    channels/       the doors: web chat, Telegram, terminal    gateway/   the web server's front
    conversations/  messages: stored once, answered once, delivered in order
    dialogue/       from a message to its answer: read, skills, decide, say
    orders/         order records: imported or live, searched among one's own
    catalogue/      products as a table: what is asked of them, and what it says
    customers/      who asks: proofs, guesses, rights
    knowledge/      files → entries → passages → one build; search and confidence
    language/       encoder, tokens, detection, spelling      writing/   models, grounding, training
    tickets/        when people come in, and who they are     desk/      their pages, their group
    database/       one schema on SQLite and PostgreSQL       cli/       parse, call, print
    studio/         texts drafted from facts, reviews read; a person approves
    app serving settings    put together, listen, configure   health metrics log   what is watched
    types errors texts      nouns, the error tree, texts      confined origins     two safeguards
    hours                   when people answer                insights/  reports on what happened

Imports point one way, from `cli` down to `types`; pyproject.toml holds the layers. CONTRIBUTING.md
has a guided tour.
"""

__version__ = "0.1.0"
