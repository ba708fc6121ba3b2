"""Programs that make what the repository ships; the app never imports them."""
