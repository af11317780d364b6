"""Pretrained nets."""
