"""Action plans: who does what until when, with a state per assignee, as company managers keep them."""
