"""Deskhand: a shop's customer-service bot. This is the map; `flow.py` is where to start reading.

    channel ──► inbox ──► conversation ──► retrieve ──► answer ──► decide ──► outbox ──► channel
                                                                     │
                                                                  tickets ──► the agents' desk

Getting in and out
    types        the nouns, and what a channel is       channels/  web, Telegram, terminal
    inbox bursts accept · claim, finish                 outbox     what is on its way
    worker       runs the handler on each burst         deliverer  sends, retries
    leases       who works on what                      commands   /start, /help, pictures
    conversation status, turns, history                 live       wakes whoever is looking
    attachments  photos and files, kept for agents      feedback   👍 and 👎, what was disliked
What to say
    flow         one message's whole story              retrieve   FAISS and BM25 together
    answer       from passages to a reply               decide     reply, clarify or a person
    understand   a burst to evidence                    followup   what a message leans on
    writer       a model's words for it, checked        llm/       who writes: API, local, nobody
    checks grounding/   what may be said                mask sentences drafts   its helpers
    confidence   evidence to a probability              calibrate evaluate   fit it · measure it
    mood wishes  how they feel, what they want          smalltalk  greetings, thanks, goodbyes
    language wording   which language, one spelling of the same words
Who asks, and their orders
    identity     proofs, and the scope they give        orders/    record, look-up, words
    dialogue typed_proof   what is typed as proof       order_answers   "where is my order?"
    proving      asking for it, going on afterwards     codes courier mail   six digits by e-mail
    guesses      slowed, locked, reported               contacts keys   one spelling · one secret
    changes request_dialogue requesting request_flow    wishes: rules, steps, words, the way in
    requests     what an agent decides                  rights mentions   export, erase, forget
People
    escalate     opens tickets                          agents     take, reply, hand back, close
    users        names, roles, passwords                desk/      their pages
    telegram_accounts   whose Telegram account is whose
    shop_account  the shop's person writes past the bot, which then holds back
    agents_group/       their group on Telegram: cards, topics, /reindex, /status
Knowledge
    indexing/    files → entries → passages → vectors → one immutable build; encoder, BM25
    training/    dialogues → a fine-tuned local model; closed tickets → dialogues
Ground
    db group_commit tables migrations/   one schema on SQLite and PostgreSQL
    errors       the error tree                         texts      every text, in both languages
    locales/ lexicons/ templates/ static/               data, no code
Operation
    cli app serving   parse · put together · listen     settings   every environment variable
    log metrics health doctor outside findings          what an operator looks at

Imports point one way, from `cli` and `app` down to `types`; pyproject.toml holds the layers and
`tests/test_layers.py` checks them.
"""

__version__ = "0.1.0"
