"""A site with viewers, editors and faults, and a ledger at the end: what ``soak`` and ``chaos`` run."""
