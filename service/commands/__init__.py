"""The commands of `encours`, a module for each group; `register(app)` adds them."""
