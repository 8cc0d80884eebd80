"""The referential of Qualiopi: both grids of indicators, and what of them applies to whom."""
