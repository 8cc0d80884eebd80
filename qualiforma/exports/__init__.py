"""Files that workers make: asked for, made, mailed as a link, fetched, purged; and how far work is."""
