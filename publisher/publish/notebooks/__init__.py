"""Executed notebooks: rendered, made safe, and led back to the runs behind them."""
