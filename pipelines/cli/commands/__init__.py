"""One module per command of `voorkant`: what it does, and how it is shown."""
