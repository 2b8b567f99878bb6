"""Checks whether a deployed site can fail over: one module per subject; each looks and changes nothing."""
