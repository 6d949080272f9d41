"""Proofs: programs that show a promise of the product on the running product itself."""
