"""Pure signal code shared by relay/, speech/ and local/: G.711, resampling, levels.

No I/O and no settings; the only state is that of a streaming filter.
"""
