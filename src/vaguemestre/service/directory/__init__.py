"""The directory of mailboxes: searched, and made anew. domain.md §7."""
