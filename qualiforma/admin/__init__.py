"""The pages of `/admin/`: their door, their look, and what they make of services' refusals."""
