"""Domain events leaving for shops and other systems: signed, ordered, logged, replayable."""
