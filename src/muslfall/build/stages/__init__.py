"""The steps of a build that are programs of ours: each reads files, writes files, and ends."""
