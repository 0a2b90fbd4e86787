"""How much publisher costs. `make bench` prints it; figures are ratios taken in one run, machines being noisy."""
