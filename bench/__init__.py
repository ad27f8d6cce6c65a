"""What a call costs, measured; run with `make bench`. Figures are ratios within one run: machines differ, and share."""
