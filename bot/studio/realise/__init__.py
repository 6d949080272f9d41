"""Texts from attributes, without a model: `describe` is where to start reading.

`facts` gives each attribute its frames (`en.yaml`, `zh.yaml`); `english` and `chinese` make
sentences of them; `variety` chooses among the ways to say it. Nothing is said that no attribute
says: frames carry no claim of their own.
"""
