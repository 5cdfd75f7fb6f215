"""Inputs of any size: finding their failing records in bounded memory."""
