"""Pages of docs/ that the code writes about itself: one file for each page."""
