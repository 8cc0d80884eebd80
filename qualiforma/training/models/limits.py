"""Bounds that the models and the API share."""

TITLE_MAX = 200
SUMMARY_MAX = 5000
OBJECTIVE_MAX = 500
OBJECTIVES_MAX = 30
SKILL_MAX = 100
SKILLS_MAX = 50
PAYMENT_ID_MAX = 255
HOURS_MAX = 10_000
MINUTES_MAX = 24 * 60
SCORE_MAX = 10_000
# What searches look through.
SEARCHED_COMPANIES = ("name", "siret")
SEARCHED_COURSES = ("title", "summary")
