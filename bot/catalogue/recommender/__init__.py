"""What goes with what: learned from orders, and from what products have in common.

    transitions  who buys this buys that, next: pairs of products, counted with decay
    likeness     which products share attributes, for those that nobody has bought yet
    model        both as arrays: products ranked for what somebody has bought or looks at
    history      orders as sequences of products, by shards of customers
    fit          orders and catalogue → files with checksums, only what has changed
    suggest      what may be told: in stock, not bought already, each with a reason

A model is no knowledge: it is fitted anew whenever orders change, by `bot index` and while serving.
Nothing here words a reason (`locales/*/suggest.yaml`), and nothing here knows who asks.
"""
