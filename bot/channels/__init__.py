"""Ways to talk with shoppers. How to add one:

1. Write `channels/<name>.py` with a class that follows `bot.types.Channel`: a `name`,
   `run(handler)`, `send(chat, turn, progress)`, `typing(chat)` and `preview(chat, draft)`.
2. In `run`, turn each thing heard into an `Incoming` and await the handler. Acknowledge to the
   outside only after it returned: by then the message is on disk. It raises `BusyError` when too
   much is waiting; pass its `retry_after` on in whatever way the outside understands.
   `message_id` must be the same when the outside repeats a message, so that repeats are dropped.
   Its `chat` says what the chat is like (`bot.types.Trait`), above all whether others read along.
3. In `send`, deliver once. The bot's text is light Markdown: render the tree of
   `bot.language.markdown.parse`, or its `lines`, and show no mark. Raise `DeliveryError` with
   `retry_after` seconds when the outside asks for patience, with `retry_after=None` when it will
   never take the message. Never retry in here: the outbox does, in order and within the budget.
   Where one turn takes several messages, begin after `progress.arrived` of them, and
   `await progress.note(n)` when the nth has arrived.
4. Translate the vendor's errors at this border; nobody else knows the vendor.
5. Make it in `bot/app`, the one place that chooses classes, and name its settings in
   `bot/settings.py`. Nothing else changes: the flow knows a channel by its name alone.

Channels know the conversation's data and are handed a handler; they decide nothing about answers.
"""
