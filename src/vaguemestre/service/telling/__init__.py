"""What people are told: reports, notices in mailboxes, notifications outside, the story of a message."""
