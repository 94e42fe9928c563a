"""The accounts of holders: made, changed, asleep, closed, archived, erased."""
