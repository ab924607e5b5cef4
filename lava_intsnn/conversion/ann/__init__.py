"""Training of the quantised network in torch (extra ``dl``); nothing else here needs torch."""
