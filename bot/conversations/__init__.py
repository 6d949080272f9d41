"""Messages: stored once, answered once, delivered in order.

Start at `inbox`: a message is accepted on disk before anybody is told so. `bursts` claims what a
conversation has open and finishes it in one transaction, `worker` runs the handler on each claim,
`outbox` keeps what is on its way, `deliverer` sends it through the channels. `conversation` knows
status, turns and history, `noted` what is kept with a turn besides its words. `attachments` fetches
files, `feedback` keeps ratings, `live` wakes pages. What an answer is, is not decided here.
"""
