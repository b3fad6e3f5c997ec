"""Where samples come from: recordings and made-up athletes behind one protocol."""
