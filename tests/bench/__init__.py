"""Deskhand beside a plain langchain chain: speed and memory, on this machine, in one run."""
