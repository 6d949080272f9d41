"""START HERE: from a message to its answer. `flow` tells one message's whole story.

`understand` finds evidence, `decide` is the policy (reply, ask back or bring a person), `compose`
words the reply, `writer` has a model word it and holds it to the sources; what comes of a turn is
an `outcome`. `order_answers` answers from a shopper's own orders, `verification` asks who they are,
`requesting` collects a wish to change an order. `mood`, `person` and `followup` read what a message
feels, wants and leans on. `thinking` has the threads that all of it runs on.
"""
