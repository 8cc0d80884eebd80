"""How long texts may be, and which of them searches look through."""

TITLE_MAX = 200
DESCRIPTION_MAX = 5000
ACTION_DESCRIPTION_MAX = 2000
SUMMARY_MAX = 5000
OUTCOME_MAX = 500
OUTCOMES_MAX = 50
ATTACHMENT_KEY_MAX = 500
ATTACHMENT_NAME_MAX = 255
# What searches look through.
SEARCHED = ("title", "description")
SEARCHED_COMPLAINTS = ("subject", "description", "complainant_name")
THEME_NAME_MAX = 100
