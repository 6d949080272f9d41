"""Orders: from a file or the shop's own system to "your kettle arrives on Tuesday".

    record    the nouns: an order, its lines, parcels    files     CSV, JSON, JSON lines
    checks    raw fields → a record, or what is wrong    live      the source's, when due
    importing a file into the database, row by row      store     every query, scoped
    vectors   found only among the scope's ids           text      what an order is found by
    asks      is it about their orders, and what         when      "last week", 「上个月」
    find      which of their orders is meant             describe  what is said of it
    sources/  the shop's own SQL database, its REST API  demo      the demo shop's orders

Whose orders may be seen comes from a `Scope`, never from a text: it is part of every query, and the
only ids that a search may touch are those that the query gave. Nothing here changes an order for a
shopper, and nothing decides whether a person is needed.
"""
