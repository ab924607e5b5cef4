"""Converted networks on the chip: legality, cores, program, virtual chip and cost."""
