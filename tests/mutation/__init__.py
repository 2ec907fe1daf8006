"""Which slips in the data would nobody notice? One triple dropped or one date moved, then everything checked."""
