"""Who asks: how a shopper proves it, what the proof opens, and a customer's rights.

Start at `identity`: it alone makes a `Scope`. `typed_proof` takes what is typed as a proof before
it is stored, held against what the shop knows by `matching`; `proof_dialogue` is its pure part.
`guesses` counts wrong tries and slows the guesser, `notices` asks the customer "was this you?".
`codes` are one-time codes by e-mail; both are `letters`, which `mail_sender` sends with `mail`.
`rights` exports and erases, `mentions` finds a customer in what belongs to others.
"""
