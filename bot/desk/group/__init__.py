"""START HERE: the agents' group on Telegram. Tickets are cards in it, conversations topics.

    group     updates in: whose are they, who answers       reindex status   the admins' commands
    updates   an update → what somebody there wants; pure   actions          carry it out, once
    state     tickets and what the group shows of them      sync             makes both the same
    cards relay   words and buttons; pure                   sending          into the group
    presence      is the bot there, are there topics        undelivered      what reached nobody

What agents do goes through `bot/tickets/` as at the desk, in one transaction that is committed
before Telegram forgets the update. What the group shows is reconciled with the database, so a kill
between the two forgets nothing and at most repeats one message. Shoppers are never heard here.
"""
