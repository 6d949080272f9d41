"""Tests of the check that holds written sentences to their sources."""
