"""START HERE: the agents' group on Telegram. Tickets are cards in it, conversations topics.

    front    updates in: whose are they, who answers        reindex status   the admins' commands
    heard    an update → what somebody there wants; pure    acts             carry it out, once
    look     tickets and what the group shows of them       keeper           makes both the same
    cards relay   words and buttons; pure                   post             into the group
    presence      is the bot there, are there topics   undelivered  what never reached a shopper

What agents do goes through `bot/tickets/assignment.py` as at the desk, in one transaction that is committed
before Telegram forgets the update. What the group shows is reconciled with the database, so a kill
between the two forgets nothing and at most repeats one message. Shoppers are never heard here.
"""
