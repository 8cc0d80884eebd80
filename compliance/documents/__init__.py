"""Documents on paper of an enrollment: the learner’s file and the certificate."""
