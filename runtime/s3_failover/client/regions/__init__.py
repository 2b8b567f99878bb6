"""Which region a request asks: selectors, ejection, probes, hedging."""
