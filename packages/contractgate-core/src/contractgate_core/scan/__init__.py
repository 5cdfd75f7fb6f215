"""Inputs of any size: which of their records fail, in bounded memory."""
