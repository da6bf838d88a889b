"""The worksheet a reviewer reads, checks and signs: criteria, quotes, notes on one self-contained page."""

from chartproof.worksheet.html import render_html

__all__ = ["render_html"]
