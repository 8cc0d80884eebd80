"""Make, bring up to date, suspend, rename and remove organisations and their schemas; check their guards."""
