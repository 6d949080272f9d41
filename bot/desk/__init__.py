"""Where people work: `pages/` on the web under /desk, `group/` on Telegram.

Both do what `bot.tickets` offers and show what is stored; nothing here answers a shopper.
"""
