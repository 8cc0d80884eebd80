"""Calendars that other programs subscribe to: what somebody has to do, or what a plan has to do."""
