"""START HERE: from a message to its answer. `flow` tells one message's whole story.

`answers` gives each part of a burst (`parts`, `view`) to the first of the `skills/` that takes it,
else to the knowledge (`searching`); `decide` is the policy (reply, ask back or bring a person),
`compose` words the reply, `writer` has a model word it and holds it to the sources. What comes of a
turn is an `outcome`, which `telling` stores. `hearing`, `mood`, `person` and `followup` read what a
message feels, wants and leans on. `thinking` has the threads that all of it runs on.
"""
