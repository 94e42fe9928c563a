"""The chain over the journal: made, walked, anchored, given out."""
