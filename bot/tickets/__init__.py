"""When people come in: tickets, who takes them, and what they decide. No pages.

`queue` lists tickets by pages, `opening` opens and withdraws them, `assignment` is taking,
replying, handing back and closing. `requests` is what an agent approves or declines, `users` names,
roles and passwords (`first_password` the first admin's), `accounts` whose Telegram account is
whose, `shop_account` the shop's person who writes past the bot, `rejections` what a model wanted to
say and was not let.
"""
