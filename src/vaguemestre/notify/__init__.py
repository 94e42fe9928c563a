"""The world outside, where holders are told that something arrived: a smart host, a webhook."""
