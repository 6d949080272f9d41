"""Where people work: `pages/` on the web under /desk, `group/` on Telegram; `api/` for programs.

All do what `bot.tickets` offers and show what is stored; nothing here answers a shopper. What
`copilot.py` drafts goes out by an agent's hand alone.
"""
