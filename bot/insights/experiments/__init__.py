"""Two variants of something that shoppers see, tried on halves of them, and what came of it.

    running      who is shown which, and that they were
    outcomes     what each did afterwards: wrote, pressed, ordered, needed a person
    tests        how different two means or shares are: t-test, always-valid, Bayesian
    distributions  the distribution functions that these need
    planning     the least effect that can be found, and how long it takes
    store        experiments: started, stopped, listed
    verdict      one experiment's figures, day by day, and a plain sentence on them
    plot         the interval's course, as SVG

Start with `verdict.py`. It changes nothing in the shop: who takes a variant over does so by hand.
"""
