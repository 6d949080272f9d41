"""A shop's own texts made better: keywords, summary, readability, titles for search, both languages
held against each other, duplicates. `audit` goes through a catalogue and lists what gains most."""
