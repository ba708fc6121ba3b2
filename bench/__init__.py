"""What is measured, as commands that print figures: ``python -m bench`` lists or runs them."""
