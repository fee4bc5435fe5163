"""Measuring tools: how much of a generated corpus is read right, what is silent, how fast."""
