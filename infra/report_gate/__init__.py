"""Whether reports are faithful: invented stores and hand-written edge cases, judged apart from what wrote them."""
